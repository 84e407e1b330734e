"""What people may give as a website's address, and where its secrets may go. Pure: nothing is resolved here."""

from virtadmin.core.errors import InvalidInput
from virtadmin.websites.check.address import PORTS, Address, AddressInvalid, parse
from virtadmin.websites.check.guard import refusal

FIELD = "uri"


def uri_checked(text: str, *, private_allowed: bool) -> str:
    """The address as it is stored: as it was given, without blanks around it and without a fragment.

    Where a name leads to is judged at each check; an IP address at once. Raises InvalidInput, without any user info.
    """
    uri = text.strip().partition("#")[0]
    if not uri:
        raise InvalidInput(FIELD, "Give the address of the website.")
    if any(character.isspace() for character in uri):
        raise InvalidInput(FIELD, "An address has no blanks: %20 stands for one.")
    try:
        address = parse(uri)
    except AddressInvalid as wrong:
        raise InvalidInput(FIELD, str(wrong)) from None
    reason = _refusal(address, private_allowed=private_allowed)
    if reason:
        raise InvalidInput(FIELD, reason)
    return uri


def _refusal(address: Address, *, private_allowed: bool) -> str:
    """Why the hub would never ask it, in a sentence; empty if it may be."""
    host = "127.0.0.1" if _is_localhost(address.host) else address.host
    if not address.is_ip and host == address.host:
        return ""
    reason = refusal(host, private_allowed=private_allowed)
    if not reason:
        return ""
    who = "" if refusal(host, private_allowed=True) else " Somebody who may allow private addresses has to add it."
    return f"The hub does not ask {address.host}: it is {reason}.{who}"


def _is_localhost(host: str) -> bool:
    """Whether the name means the machine itself everywhere (RFC 6761 §6.3)."""
    return host.removesuffix(".") == "localhost" or host.removesuffix(".").endswith(".localhost")


def same_site(before: str, after: str) -> bool:
    """Whether what is known of one stored address (its certificate) holds for the other: it is the same origin."""
    old, new = _known(before), _known(after)
    return old is not None and new is not None and old.origin == new.origin


def secrets_may_follow(before: str, after: str) -> bool:
    """Whether a website's secrets may be sent to its new address: to the same origin, or to the same host by TLS."""
    old, new = _known(before), _known(after)
    if old is None or new is None:
        return False
    upgraded = (old.scheme, old.port, new.scheme, new.port) == ("http", PORTS["http"], "https", PORTS["https"])
    return old.origin == new.origin or (old.host == new.host and upgraded)


def _known(stored: str) -> Address | None:
    """None for what no longer counts as an address."""
    try:
        return parse(stored)
    except AddressInvalid:
        return None
