"""What went over the wire while Apprise was sending.

Apprise tells only whether a service took the message. Why not, how long to wait, and what the provider said is in the
HTTP answers, and they are seen at one place alone: `requests.Session.send`, which every service comes through, each
redirect again. It is wrapped once, at first use; for anybody who does not listen it does what it did.
"""

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from virtadmin.core.addresses import refusal

CONNECT_SECONDS, READ_SECONDS = 5.0, 15.0
EXCERPT = 600
"""Characters of an answer that are kept."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: int
    reason: str
    text: str
    retry_after: str | None


@dataclass(slots=True)
class Wire:
    """What was heard, in order; `trouble` is the newest request that got no answer."""

    judge: Callable[[str], str]
    """Why nothing may be sent to this host; "" if it may."""
    replies: list[Reply] = field(default_factory=list)
    trouble: str = ""


_current: ContextVar[Wire | None] = ContextVar("wire", default=None)
_lock = threading.Lock()


@contextmanager
def listening(judge: Callable[[str], str]) -> Iterator[Wire]:
    """Listen to what this thread sends by `requests`."""
    _install()
    wire = Wire(judge)
    token = _current.set(wire)
    try:
        yield wire
    finally:
        _current.reset(token)


def host_refusal(host: str, *, public: bool) -> str:
    """Why nothing is sent to this host, judged by its addresses; `public`: private ones are refused too."""
    for address in _addresses(host.strip("[]")):
        if reason := refusal(address):
            return f"{host} is {reason}"
        if public and not ipaddress.ip_address(address.partition("%")[0]).is_global:
            return f"{host} is a private address"
    return ""


def _addresses(host: str) -> set[str]:
    try:
        return {str(ipaddress.ip_address(host))}
    except ValueError:
        pass
    try:
        return {str(row[4][0]) for row in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return set()  # connecting will say so better


def _install() -> None:
    import requests  # loaded with Apprise, when it is needed

    with _lock:
        if getattr(requests.Session.send, "virtadmin", False):
            return
        original = requests.Session.send

        @wraps(original)
        def send(self: Any, request: Any, **kwargs: Any) -> Any:
            wire = _current.get()
            return original(self, request, **kwargs) if wire is None else _heard(wire, original, self, request, kwargs)

        send.virtadmin = True  # type: ignore[attr-defined]
        requests.Session.send = send  # type: ignore[method-assign]


def _heard(wire: Wire, original: Any, session: Any, request: Any, kwargs: dict[str, Any]) -> Any:
    import requests

    host = urlsplit(request.url).hostname or ""
    if reason := wire.judge(host):
        wire.trouble = f"Nothing is sent there: {reason}."
        raise requests.ConnectionError(wire.trouble)
    kwargs["timeout"] = (CONNECT_SECONDS, READ_SECONDS)
    try:
        answer = original(session, request, **kwargs)
    except OSError as error:  # requests' errors are OSErrors; their text holds the URL
        wire.trouble = f"{host} {_reason(error)}."
        raise
    wire.trouble = ""
    wire.replies.append(
        Reply(answer.status_code, answer.reason or "", answer.text[:EXCERPT], answer.headers.get("Retry-After"))
    )
    return answer


def _reason(error: OSError) -> str:
    import requests

    match error:
        case requests.ConnectTimeout():
            return f"did not answer within {CONNECT_SECONDS:.0f} s"
        case requests.Timeout():
            return f"did not answer within {READ_SECONDS:.0f} s"
        case requests.exceptions.SSLError():
            return "shows no certificate that can be trusted"
    told = str(error).lower()
    if "refused" in told:
        return "refuses the connection"
    if "resolve" in told or "name or service" in told:
        return "is not a known host name"
    return "cannot be reached"
