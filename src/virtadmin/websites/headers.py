"""The rules for headers that people give a check. Pure; limits and names after RFC 9110 §5."""

import re
from collections.abc import Mapping
from typing import Any

from virtadmin.core.errors import InvalidInput
from virtadmin.websites.check.message import FRAMING

PLAIN, SECRET = "headers", "secret_headers"
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[\t\x20-\x7e]*")
MOST = 50
LARGEST = 8 * 1024
"""Bytes of all of them as they are sent."""
SET_BY_THE_HUB = FRAMING | {"keep-alive", "proxy-connection"}
"""They say where a request goes and ends, or what the connection is used for."""


def headers_checked(field: str, headers: Any) -> dict[str, str]:
    """Names with their values, blanks around these taken off. Raises InvalidInput for `field`."""
    if not isinstance(headers, Mapping):
        raise InvalidInput(field, "Give the headers as an object of names and values.")
    return {_name(field, name): _value(field, name, value) for name, value in headers.items()}


def headers_together(field: str, plain: Mapping[str, str], secret: Mapping[str, str], *, basic: bool) -> None:
    """What holds for all headers of a website together; `basic`: whether it has a user name.

    Raises InvalidInput for `field`, the one that was given.
    """
    names = [name.lower() for name in (*plain, *secret)]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput(field, f"The header {name} is there more than once.")
    if len(names) > MOST:
        raise InvalidInput(field, f"{MOST} headers at most, the secret ones included; these are {len(names)}.")
    size = sum(len(name) + len(value) + len(": \r\n") for name, value in (*plain.items(), *secret.items()))
    if size > LARGEST:
        raise InvalidInput(field, f"{LARGEST} bytes at most, the secret ones included; these are {size}.")
    if basic and "authorization" in names:
        raise InvalidInput(field, "Give a user name, or a header Authorization, not both.")


def _name(field: str, name: Any) -> str:
    if not isinstance(name, str) or not TOKEN.fullmatch(name):
        raise InvalidInput(field, f"{str(name)[:50]!r} is no name of a header: letters, digits and hyphens alone.")
    if name.lower() in SET_BY_THE_HUB:
        raise InvalidInput(field, f"{name} is set by the hub.")
    return name


def _value(field: str, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidInput(field, f"The value of {name} must be a text.")
    if not VALUE.fullmatch(value):  # a line break would begin another header; the value itself may be a secret
        raise InvalidInput(field, f"The value of {name} must be one line of ASCII characters.")
    return value.strip(" \t")
