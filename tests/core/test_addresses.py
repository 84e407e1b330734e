"""Which addresses the hub never connects to."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.core.addresses import refusal


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "::ffff:169.254.169.254", "169.254.1.1", "fe80::1%eth0", "fd00:ec2::254",
        "100.100.100.200", "168.63.129.16", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255",
        "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::1", "::169.254.169.254", "64:ff9b::6464:64c8",
    ],
)  # fmt: skip
def test_it_refuses_metadata_link_local_and_many(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "192.0.2.7", "2001:db8::1", "::1", "fd12::1", "64:ff9b::10.1.2.3"]
)
def test_it_lets_machines_be_asked(address: str) -> None:
    assert refusal(address) is None


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_in_ipv6_clothes(address: ipaddress.IPv4Address) -> None:
    assert refusal(str(address)) == refusal(f"::ffff:{address}")
