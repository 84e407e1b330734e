"""Which websites are on the public internet, so that the hub needs its way there to check them. Pure."""

import ipaddress
from urllib.parse import urlsplit

from virtadmin.websites.check.guard import refusal

INTERNAL = ("local", "localhost", "internal", "intranet", "lan", "home", "corp", "arpa")
"""Last parts of names that lead nowhere in the internet: RFC 6762, RFC 6761, RFC 8375, and what is usual."""


def is_public(uri: str, address: str) -> bool:
    """Whether a website with this address is, as far as its name and the IP address asked last ("" = not known) say."""
    host = (urlsplit(uri).hostname or "").rstrip(".")
    try:
        address = str(ipaddress.ip_address(host))
    except ValueError:
        if host.rpartition(".")[2] in INTERNAL or "." not in host:
            return False
    return not address or refusal(address, private_allowed=False) is None
