"""Which network addresses the hub may talk to, judged after resolution. Pure.

Some addresses carry an IPv4 address inside, and a gateway on the way may unwrap it: what is inside is judged too.
"""

import ipaddress
from collections.abc import Iterator

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052 §2.1."""
COMPATIBLE = ipaddress.IPv6Network("::/96")
"""RFC 4291 §2.5.5.1, deprecated; :: and ::1 are in it too."""

METADATA = frozenset({"169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16"})
"""Where clouds serve instance credentials (AWS, GCP, Azure, OpenStack: link-local; Alibaba, Azure: not)."""


def refusal(address: str) -> str | None:
    """Why the hub never connects to this IP address, for SSH or HTTP; None if it may."""
    for ip in meant(ipaddress.ip_address(address.partition("%")[0])):
        if reason := _refusal(ip):
            return reason
    return None


def meant(ip: Ip) -> Iterator[Ip]:
    """The address, and those it may lead to. One of IPv4 in IPv6's clothes is just that of IPv4."""
    if isinstance(ip, ipaddress.IPv4Address):
        yield ip
        return
    inside = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if ip in NAT64 or (ip in COMPATIBLE and int(ip) > 1):
        inside.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    if not ip.ipv4_mapped:
        yield ip
    yield from (found for found in inside if found is not None)


def _refusal(ip: Ip) -> str | None:
    if str(ip) in METADATA:
        return "a cloud's metadata service"
    if ip.is_link_local:
        return "a link-local address"
    if ip.is_multicast or ip.is_unspecified or ip == ipaddress.ip_address("255.255.255.255"):
        return "not the address of one machine"
    return None
