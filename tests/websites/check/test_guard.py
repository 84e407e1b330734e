"""Which IP addresses a check may connect to."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.websites.check.guard import refusal

NEVER = [
    "169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "febf::1", "fd00:ec2::254", "100.100.100.200",
    "168.63.129.16", "0.0.0.0", "::", "224.0.0.1", "239.255.255.255", "ff02::1", "255.255.255.255",
]  # fmt: skip
PRIVATE = [
    "127.0.0.1", "127.9.9.9", "::1", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fc00::1",
    "fd12::1", "fec0::1", "192.0.2.1", "198.18.0.1", "240.0.0.1", "2001:db8::1", "0.1.2.3", "64:ff9b:1::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001:800::200e", "100.128.0.1"]


def clothed(inner: ipaddress.IPv4Address) -> list[str]:
    """The ways to write an IPv4 address as one of IPv6 that leads to it."""
    high, low = int(inner) >> 16, int(inner) & 0xFFFF
    return [
        f"::ffff:{inner}",
        f"64:ff9b::{inner}",
        f"2002:{high:x}:{low:x}::1",
        str(ipaddress.IPv6Address((0x20010000 << 96) | (int(inner) ^ 0xFFFFFFFF))),  # Teredo
    ]


@pytest.mark.parametrize("address", NEVER)
def test_it_never_lets_metadata_link_local_and_many_be_asked(address: str) -> None:
    assert refusal(address, private_allowed=True)
    assert refusal(address, private_allowed=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_it_lets_private_ones_be_asked_where_that_is_allowed(address: str) -> None:
    assert refusal(address, private_allowed=True) is None
    assert refusal(address, private_allowed=False)


@pytest.mark.parametrize("address", PUBLIC)
def test_it_lets_public_ones_be_asked(address: str) -> None:
    assert refusal(address, private_allowed=False) is None
    assert refusal(address, private_allowed=True) is None


@given(st.ip_addresses(v=4), st.booleans())
def test_an_ipv4_address_is_refused_in_all_its_clothes(inner: ipaddress.IPv4Address, allowed: bool) -> None:
    if refusal(str(inner), private_allowed=allowed):
        assert all(refusal(written, private_allowed=allowed) for written in clothed(inner))


@given(st.ip_addresses(v=4), st.booleans())
def test_a_mapped_or_translated_one_is_judged_as_what_it_leads_to(inner: ipaddress.IPv4Address, allowed: bool) -> None:
    for written in clothed(inner)[:2]:
        assert bool(refusal(written, private_allowed=allowed)) == bool(refusal(str(inner), private_allowed=allowed))


@pytest.mark.parametrize("written", ["::127.0.0.1", "::169.254.169.254", "::10.0.0.1"])
def test_the_old_compatible_form_is_judged_too(written: str) -> None:
    assert refusal(written, private_allowed=False)


@given(st.ip_addresses())
def test_what_no_right_allows_is_refused_without_it_too(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if refusal(str(address), private_allowed=True):
        assert refusal(str(address), private_allowed=False)


@given(st.ip_addresses())
def test_all_that_is_not_of_the_public_internet_needs_the_right(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if refusal(str(address), private_allowed=False) is None and not str(address).startswith("64:ff9b::"):
        assert address.is_global
        assert not address.is_multicast
