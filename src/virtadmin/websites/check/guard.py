"""Which IP addresses a check may connect to. Pure."""

import ipaddress
from functools import lru_cache

from virtadmin.core.addresses import NAT64, Ip, meant
from virtadmin.core.addresses import refusal as never

NAT64_LOCAL = ipaddress.IPv6Network("64:ff9b:1::/48")
"""RFC 8215: what an address of it leads to is known only to the network it is in."""


@lru_cache(maxsize=10_000)
def refusal(address: str, *, private_allowed: bool) -> str | None:
    """Why the hub does not ask this IP address, such as "a private address"; None if it may."""
    for ip in meant(ipaddress.ip_address(address.partition("%")[0])):
        reason = never(str(ip)) or ("" if private_allowed else _not_public(ip))
        if reason:
            return reason
    return None


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
