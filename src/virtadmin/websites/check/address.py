"""Addresses of websites: what is typed or comes in a redirect, made fit for the wire (RFC 3986).

Pure. Nothing in an `Address` is a secret: user info never gets into one.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urljoin

from virtadmin.websites.check.place import AddressInvalid, host_and_port

__all__ = ["Address", "AddressInvalid", "parse", "parse_redirect"]

LONGEST = 2000
"""Characters of an address that a person gives."""
LONGEST_REDIRECT = 16_000
"""Of one that a server sends: those of single sign-on are long."""
PORTS = {"http": 80, "https": 443}

_PARTS = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?#]*)([^?#]*)(\?[^#]*)?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_KEPT = "%/:@!$&'()*+,;=~[]"
"""What needs no encoding in a path. What is encoded already stays as it is."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a website is. `host` is ASCII: a name, or an IP address without brackets; `target` is path and query."""

    scheme: str
    host: str
    port: int
    target: str
    is_ip: bool

    @property
    def origin(self) -> tuple[str, str, int]:
        """What must be the same for secrets to be sent (RFC 6454 §4)."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Host and port as in the Host header: the scheme's own port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def shown(self) -> str:
        """The whole, for people."""
        return f"{self.scheme}://{self.authority}{self.target}"


@lru_cache(maxsize=10_000)
def parse(text: str) -> Address:
    """The address that a person gave. Raises AddressInvalid."""
    address, user_info = _parsed(text.strip(" "), LONGEST)
    if user_info:
        raise AddressInvalid("User name and password do not belong in the address: they have fields of their own.")
    return address


def parse_redirect(base: Address, location: str) -> Address:
    """Where an answer of `base` sends browsers; user info in it is left out. Raises AddressInvalid."""
    if len(location) > LONGEST_REDIRECT:
        raise AddressInvalid(f"It is longer than {LONGEST_REDIRECT} characters.")
    try:
        joined = urljoin(base.shown, location.strip(" \t"))
    except ValueError as error:
        raise AddressInvalid("It is not an address.") from error
    return _parsed(joined, 2 * LONGEST_REDIRECT)[0]


def _parsed(text: str, longest: int) -> tuple[Address, str]:
    """The address and its user info."""
    if len(text) > longest:
        raise AddressInvalid(f"It is {len(text)} characters long; {longest} at most.")
    if _CONTROL.search(text):
        raise AddressInvalid("It holds a line break or another control character.")
    parts = _PARTS.match(text)
    scheme = parts[1].lower() if parts else ""
    if not parts or scheme not in PORTS:
        raise AddressInvalid("It does not begin with http:// or https://.")
    user_info, _, place = parts[2].rpartition("@")
    host, port, is_ip = host_and_port(place)
    target = _encoded(parts[3] or "/", _KEPT) + _encoded(parts[4] or "", _KEPT + "?")
    return Address(scheme, host, port or PORTS[scheme], target, is_ip), user_info


def _encoded(text: str, kept: str) -> str:
    try:
        return quote(text, safe=kept)
    except UnicodeEncodeError as error:
        raise AddressInvalid("It holds a half of a character.") from error
