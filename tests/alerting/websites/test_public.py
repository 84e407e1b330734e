"""Which websites are on the public internet."""

import pytest

from virtadmin.alerting.websites.public import is_public


@pytest.mark.parametrize(
    ("uri", "address", "expected"),
    [
        ("https://shop.example.org/", "", True),
        ("https://shop.example.org/", "8.8.8.8", True),
        ("https://shop.example.org./", "2a00:1450:4001:80b::200e", True),
        ("https://8.8.8.8:8443/", "", True),
        ("https://intern.example.org/", "10.1.2.3", False),
        ("https://intern.example.org/", "fd00::1", False),
        ("http://127.0.0.1:8000/", "", False),
        ("http://[::1]/", "", False),
        ("http://192.168.1.1/", "8.8.8.8", False),
        ("http://nas/", "", False),
        ("http://nas.local/", "", False),
        ("http://router.home.arpa/", "", False),
        ("http://wiki.corp/", "8.8.8.8", False),
        ("http://", "", False),
    ],
)
def test_by_name_and_by_the_address_that_was_asked(uri: str, address: str, expected: bool) -> None:
    assert is_public(uri, address) is expected
