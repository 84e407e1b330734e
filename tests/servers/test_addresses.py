"""What people may give as an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.core.errors import InvalidInput
from virtadmin.servers.addresses import address_checked


@pytest.mark.parametrize(
    ("given_", "stored"),
    [
        (" 192.0.2.7 ", "192.0.2.7"),
        ("127.0.0.1", "127.0.0.1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("Web-1.Example.ORG.", "web-1.example.org"),
        ("db_1", "db_1"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("4chan.example", "4chan.example"),
    ],
)
def test_it_stores_one_spelling(given_: str, stored: str) -> None:
    assert address_checked(given_) == stored


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        ("", "Give the address"),
        ("   ", "Give the address"),
        ("https://web.example/", "without https://"),
        ("10.0.0.0/8", "without a path"),
        ("root@web.example", "user name has its own field"),
        ("web example", "no blanks"),
        ("web\x00.example", "control characters"),
        ("web\u202e.example", "control characters"),
        ("web.example:2222", "port has its own field"),
        ("[2001:db8::1]:2222", "port has its own field"),
        ("256.1.1.1", "no IP address"),
        ("127.1", "no IP address"),
        ("2130706433", "no IP address"),
        ("0x7f.0x1", "no IP address"),
        ("2001:db8::g", "neither"),
        ("-web.example", "neither"),
        ("web..example", "neither"),
        ("a" * 64 + ".example", "neither"),
        (".".join(["abcdefg"] * 40), "neither"),
        ("$(reboot).example", "neither"),
        ("169.254.169.254", "metadata"),
        ("::ffff:169.254.169.254", "metadata"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("224.0.0.1", "not the address of one machine"),
        ("0.0.0.0", "not the address of one machine"),
    ],
)
def test_it_says_what_is_wrong(given_: str, told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        address_checked(given_)
    assert caught.value.field == "ip_address"
    assert told in caught.value.message


@given(st.text(max_size=300))
def test_whatever_is_typed_is_stored_once_or_refused(text: str) -> None:
    try:
        stored = address_checked(text)
    except InvalidInput:
        return
    assert address_checked(stored) == stored
    assert stored.isascii()
    assert len(stored) <= 255
