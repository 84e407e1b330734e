"""What people may give as a server's address. Pure: nothing is resolved here."""

import ipaddress
import re

from virtadmin.core.addresses import refusal
from virtadmin.core.errors import InvalidInput

FIELD = "ip_address"
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
HOST_NAME_MAX = 253
"""Characters of a host name (RFC 1035 §2.3.4, without length bytes)."""


def address_checked(text: str) -> str:
    """An IP address or host name in the one way it is stored: compressed, lower case, IDN as punycode.

    Raises InvalidInput that says what is wrong with it.
    """
    address = text.strip()
    _refuse_more_than_an_address(address)
    ip = _ip(address.removeprefix("[").removesuffix("]"))
    if ip is None:
        return _host_name(address)
    reason = refusal(str(ip))
    if reason:
        raise InvalidInput(FIELD, f"The hub does not connect to {ip}: it is {reason}.")
    return str(ip)


def _refuse_more_than_an_address(address: str) -> None:
    if not address:
        raise InvalidInput(FIELD, "Give the address of the server.")
    if "://" in address or "/" in address:
        raise InvalidInput(FIELD, "Give the host name or IP address alone, without https:// and without a path.")
    if "@" in address:
        raise InvalidInput(FIELD, "Give the address alone; the user name has its own field.")
    if any(c.isspace() or not c.isprintable() for c in address):
        raise InvalidInput(FIELD, "An address has no blanks and no control characters.")
    if re.fullmatch(r"\[.*\]:\d+|[^:]+:\d+", address):
        raise InvalidInput(FIELD, "Give the address alone; the port has its own field.")


def _ip(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


def _host_name(address: str) -> str:
    try:
        name = address.rstrip(".").encode("idna").decode().lower()
    except UnicodeError:
        raise InvalidInput(FIELD, "This is neither an IP address nor a host name.") from None
    labels = name.split(".")
    if len(name) > HOST_NAME_MAX or not all(map(LABEL.fullmatch, labels)):
        raise InvalidInput(FIELD, "This is neither an IP address nor a host name.")
    if NUMBER.fullmatch(labels[-1]):  # 127.1 or 0x7f000001: resolvers would take it for an address
        raise InvalidInput(FIELD, "This is no IP address: one has four numbers from 0 to 255.")
    return name
