"""The request as bytes (RFC 9112). What a person gave overrides the hub's own headers; nothing can add a line. Pure."""

import base64
import re
from collections.abc import Mapping

from virtadmin import __version__
from virtadmin.websites.check.address import Address
from virtadmin.websites.check.failure import CheckFailure
from virtadmin.websites.check.outcome import Request
from virtadmin.websites.check.stages import Stage

OWN = {
    "User-Agent": f"Virtadmin/{__version__} (website check)",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}
FRAMING = frozenset({"host", "connection", "content-length", "transfer-encoding", "expect", "upgrade", "te", "trailer"})
"""Headers that the hub alone sets: they say where a request ends."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


def request_bytes(request: Request, address: Address, *, method: str, cookies: str, trusted: bool) -> bytes:
    """The whole request. `trusted`: it goes to the website itself, so it may carry the person's headers, password and
    body. Raises CheckFailure."""
    headers = OWN | ({"Cookie": cookies} if cookies else {})
    body = request.body if trusted and method == request.method else b""
    if trusted:
        headers = _overridden(headers | _login(request), request.headers)
    if body or method in ("POST", "PUT", "PATCH"):
        headers["Content-Length"] = str(len(body))
    lines = [f"{method} {address.target} HTTP/1.1", f"Host: {address.authority}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return _encoded("\r\n".join(lines)) + b"\r\n\r\n" + body


def _login(request: Request) -> dict[str, str]:
    """Basic authentication (RFC 7617), in UTF-8."""
    if not request.username and not request.password:
        return {}
    pair = f"{request.username}:{request.password}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def _overridden(headers: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    lower = {name.lower() for name in given}
    kept = {name: value for name, value in headers.items() if name.lower() not in lower}
    for name, value in given.items():
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value) or name.lower() in FRAMING:
            raise CheckFailure(Stage.REQUEST, f"A header cannot be sent: {_plain(name)}.")
        kept[name] = value.strip(" \t")
    return kept


def _plain(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)[:60]


def _encoded(head: str) -> bytes:
    """Headers are Latin-1 where that is enough, else UTF-8 (RFC 9110 §5.5 leaves it open)."""
    try:
        return head.encode("latin-1")
    except UnicodeEncodeError:
        return head.encode("utf-8", "replace")
