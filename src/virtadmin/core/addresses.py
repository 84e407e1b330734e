"""Which network addresses the hub may talk to, judged after resolution."""

import ipaddress

METADATA = frozenset({"169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16"})
"""Where clouds serve instance credentials (AWS, GCP, Azure, OpenStack: link-local; Alibaba, Azure: not)."""


def refusal(address: str) -> str | None:
    """Why the hub never connects to this IP address, for SSH or HTTP; None if it may."""
    ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if str(ip) in METADATA:
        return "a cloud's metadata service"
    if ip.is_link_local:
        return "a link-local address"
    if ip.is_multicast or ip.is_unspecified or ip == ipaddress.ip_address("255.255.255.255"):
        return "not the address of one machine"
    return None
