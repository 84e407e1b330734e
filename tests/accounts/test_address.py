"""The address a request came from."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from virtadmin.accounts.address import client_address


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "198.51.100.9", "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "198.51.100.9", "198.51.100.9"),
        (1, "6.6.6.6, 198.51.100.9", "198.51.100.9"),
        (2, "6.6.6.6, 198.51.100.9, 10.0.0.1", "198.51.100.9"),
        (3, "198.51.100.9", "198.51.100.9"),
        (1, "6.6.6.6, 198.51.100.9:4711", "198.51.100.9"),
        (1, "[2001:DB8::7]:4711", "2001:db8::7"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "fe80::7%eth0", "fe80::7"),
        (1, "6.6.6.6, unknown", "127.0.0.1"),
        (1, "'; DROP TABLE axes_accessattempt; --", "127.0.0.1"),
        (1, "1.2.3.4:x", "127.0.0.1"),
        (1, "9" * 5000, "127.0.0.1"),
    ],
)
def test_only_trusted_proxies_are_believed(settings: Settings, proxies: int, forwarded: str, expected: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", headers={"x-forwarded-for": forwarded})
    assert client_address(request) == expected
