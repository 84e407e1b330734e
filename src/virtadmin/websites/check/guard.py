"""Which IP addresses a check may connect to. Pure.

Some addresses carry an IPv4 address inside, and a gateway on the way may unwrap it: what is inside is judged too.
"""

import ipaddress
from collections.abc import Iterator
from functools import lru_cache

from virtadmin.core.addresses import refusal as never

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052 §2.1."""
NAT64_LOCAL = ipaddress.IPv6Network("64:ff9b:1::/48")
"""RFC 8215: what an address of it leads to is known only to the network it is in."""
COMPATIBLE = ipaddress.IPv6Network("::/96")
"""RFC 4291 §2.5.5.1, deprecated; :: and ::1 are in it too."""


@lru_cache(maxsize=10_000)
def refusal(address: str, *, private_allowed: bool) -> str | None:
    """Why the hub does not ask this IP address, such as "a private address"; None if it may."""
    for ip in _meant(ipaddress.ip_address(address.partition("%")[0])):
        reason = never(str(ip)) or ("" if private_allowed else _not_public(ip))
        if reason:
            return reason
    return None


def _meant(ip: Ip) -> Iterator[Ip]:
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


def _not_public(ip: Ip) -> str:
    """What it is instead of an address of the public internet, else nothing."""
    if ip.is_loopback:
        return "a loopback address"
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in NAT64:
            return ""  # what is inside decides
        if ip.is_site_local or ip in NAT64_LOCAL:
            return "a private address"
    return "" if ip.is_global and not ip.is_reserved else "a private address"
