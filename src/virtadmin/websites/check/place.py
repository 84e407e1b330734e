"""Host and port of an address: a name in any language, or an IP address (RFC 3986 §3.2, IDNA 2008). Pure."""

import ipaddress
import re

import idna

LONGEST_HOST = 253
_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")


class AddressInvalid(ValueError):
    """It is not the address of a website. The text is a sentence that says why."""


def host_and_port(place: str) -> tuple[str, int, bool]:
    """Host, port (0 = none given) and whether the host is an IP address. Raises AddressInvalid."""
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
