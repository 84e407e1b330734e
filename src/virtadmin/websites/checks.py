"""The rules for what people enter about websites. Pure: each returns the value as stored, or raises InvalidInput."""

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates

from virtadmin.core.errors import InvalidInput
from virtadmin.servers.checks import SECRET_MAX, line_checked, whole_checked
from virtadmin.websites.headers import PLAIN as HEADERS
from virtadmin.websites.headers import headers_checked
from virtadmin.websites.models import (
    MAX_BODY,
    MAX_CA,
    MAX_CONFIRMATIONS,
    MAX_INTERVAL,
    MAX_TEXT,
    MAX_TIMEOUT,
    MAX_USERNAME,
    MIN_INTERVAL,
    Url,
)
from virtadmin.websites.statuses import statuses_parsed, statuses_written


def flag_checked(field: str, value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise InvalidInput(field, "This is true or false.")
    return value


def text_checked(field: str, text: Any, *, most: int) -> str:
    """Any text that is not too long; blanks and line breaks in it count."""
    if not isinstance(text, str) or "\0" in text:
        raise InvalidInput(field, "Give a text without U+0000.")
    if len(text) > most:
        raise InvalidInput(field, f"{most} characters at most; this has {len(text)}.")
    return text


def method_checked(method: Any) -> str:
    """One of `Url.Method`."""
    if method not in Url.Method.values:
        raise InvalidInput("method", f"Choose one of {', '.join(Url.Method.values)}.")
    return str(method)


def username_checked(name: str) -> str:
    """For basic authentication (RFC 7617 §2: no colon, no control characters); empty = none."""
    found = line_checked("username", name, most=MAX_USERNAME, may_be_empty=True)
    if ":" in found:
        raise InvalidInput("username", "A user name has no colon; the password has its own field.")
    return found


def password_checked(password: str) -> str:
    """For basic authentication."""
    if len(password) > SECRET_MAX:
        raise InvalidInput("password", f"{SECRET_MAX} characters at most.")
    if not all(character.isprintable() for character in password):
        raise InvalidInput("password", "Control characters and line breaks are not allowed here.")
    return password


def ca_checked(text: str) -> str:
    """Certificates in PEM, one after the other and nothing else; empty = none."""
    given = text_checked("ca_certificates", text, most=MAX_CA).strip()
    if not given:
        return ""
    if "PRIVATE KEY" in given:
        raise InvalidInput("ca_certificates", "Give the certificates alone: this holds a private key.")
    try:
        found = load_pem_x509_certificates(given.encode())
    except ValueError:
        raise InvalidInput("ca_certificates", "These are no certificates in PEM (BEGIN CERTIFICATE).") from None
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in found)


def _flag(field: str) -> Callable[[Any], bool]:
    return lambda value: flag_checked(field, value)


def _text(field: str, most: int) -> Callable[[Any], str]:
    return lambda value: text_checked(field, value, most=most)


def _whole(field: str, least: int, most: int, what: str) -> Callable[[Any], int]:
    return lambda value: whole_checked(field, value, least, most, what)


PLAIN: dict[str, Callable[[Any], Any]] = {
    "name": lambda value: line_checked("name", value, may_be_empty=True),
    "enabled": _flag("enabled"),
    "interval": _whole("interval", MIN_INTERVAL, MAX_INTERVAL, "The interval is a number of seconds"),
    "timeout": _whole("timeout", 1, MAX_TIMEOUT, "The time limit is a number of seconds"),
    "confirmations": _whole("confirmations", 1, MAX_CONFIRMATIONS, "This is a number of checks"),
    "check_status_code": _flag("check_status_code"),
    "check_ssl": _flag("check_ssl"),
    "method": method_checked,
    "body": _text("body", MAX_BODY),
    "expected_statuses": lambda value: statuses_written(statuses_parsed(value)),
    "text_present": _text("text_present", MAX_TEXT),
    "text_absent": _text("text_absent", MAX_TEXT),
    "headers": lambda value: headers_checked(HEADERS, value),
    "username": username_checked,
    "follow_redirects": _flag("follow_redirects"),
    "verify_tls": _flag("verify_tls"),
    "ca_certificates": ca_checked,
}
"""The fields that are one column each, and how each is checked by itself."""


def together_checked(url: Url) -> None:
    """What holds between the columns of one website, as it would be stored, but for headers. Raises InvalidInput."""
    if url.method in (Url.Method.HEAD, Url.Method.OPTIONS):
        for field in ("text_present", "text_absent"):
            if getattr(url, field):
                raise InvalidInput(field, f"An answer to {url.method} has no page: choose GET or POST.")
    if url.password and not url.username:
        raise InvalidInput("username", "Give the user name the password belongs to.")
