"""Addresses of websites: what is typed or comes in a redirect, made fit for the wire (RFC 3986, IDNA 2008).

Pure. Nothing in an `Address` is a secret: user info never gets into one.
"""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urljoin

import idna

LONGEST = 2000
"""Characters of an address that a person gives."""
LONGEST_REDIRECT = 16_000
"""Of one that a server sends: those of single sign-on are long."""
LONGEST_HOST = 253
PORTS = {"http": 80, "https": 443}

_PARTS = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?#]*)([^?#]*)(\?[^#]*)?", re.IGNORECASE)
_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_KEPT = "%/:@!$&'()*+,;=~[]"
"""What needs no encoding in a path. What is encoded already stays as it is."""


class AddressInvalid(ValueError):
    """It is not the address of a website. The text is a sentence that says why."""


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
    host, port, is_ip = _place(place)
    target = _encoded(parts[3] or "/", _KEPT) + _encoded(parts[4] or "", _KEPT + "?")
    return Address(scheme, host, port or PORTS[scheme], target, is_ip), user_info


def _encoded(text: str, kept: str) -> str:
    try:
        return quote(text, safe=kept)
    except UnicodeEncodeError as error:
        raise AddressInvalid("It holds a half of a character.") from error


def _place(place: str) -> tuple[str, int, bool]:
    """Host, port (0 = none given) and whether the host is an IP address."""
    if place.startswith("["):
        inner, bracket, rest = place[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise AddressInvalid("Its IPv6 address does not end in a bracket.")
        return _ipv6(inner), _port(rest[1:]), True
    name, _, port = place.partition(":")
    if ":" in port:
        raise AddressInvalid("Its port is not a number. An IPv6 address stands in brackets.")
    host, is_ip = _host(name)
    return host, _port(port), is_ip


def _port(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536):
        raise AddressInvalid("Its port is not a number from 1 to 65535.")
    return int(text)


def _ipv6(text: str) -> str:
    try:
        if "%" in text:
            raise ValueError
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        raise AddressInvalid("What stands in brackets is not an IPv6 address.") from None


def _host(name: str) -> tuple[str, bool]:
    """The name as the resolver takes it; a number stands for an IPv4 address, which has four parts."""
    if not name:
        raise AddressInvalid("It names no host.")
    host = name.lower() if name.isascii() else _idn(name)
    last = host.removesuffix(".").rpartition(".")[2]
    if _NUMBER.fullmatch(last):
        try:
            return str(ipaddress.IPv4Address(host)), True
        except ValueError:
            raise AddressInvalid("Its host looks like an IPv4 address, but does not have four numbers.") from None
    if len(host.removesuffix(".")) > LONGEST_HOST or not _NAME.fullmatch(host):
        raise AddressInvalid("Its host is not a name that can exist.")
    return host, False


def _idn(name: str) -> str:
    if len(name) > LONGEST_HOST:
        raise AddressInvalid("Its host is not a name that can exist.")
    try:
        return idna.encode(name, uts46=True).decode("ascii").lower()
    except (UnicodeError, ValueError, IndexError):
        raise AddressInvalid("Its host is not a name that can exist in any language.") from None
