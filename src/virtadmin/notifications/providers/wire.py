"""What went over the wire while Apprise was sending.

Apprise tells only whether a service took the message. Why not, how long to wait, and what the provider said is in the
HTTP answers, and they are seen at one place alone: `requests.Session.send`, which every service comes through, each
redirect again. It is wrapped once, at first use, and so is the place where urllib3 connects: to the addresses that were
judged, and no others. For anybody who does not listen both do what they did.
"""

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from virtadmin.websites.check.guard import refusal

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

    public: bool
    """Nothing is sent to private addresses."""
    replies: list[Reply] = field(default_factory=list)
    trouble: str = ""
    judged: dict[str, list[str]] = field(default_factory=dict)
    """The addresses of each host that were judged, and are connected to: the name is not looked up again, since it may
    lead elsewhere by then."""


_current: ContextVar[Wire | None] = ContextVar("wire", default=None)
_lock = threading.Lock()


@contextmanager
def listening(*, public: bool) -> Iterator[Wire]:
    """Listen to what this thread sends by `requests`; `public`: nothing is sent to private addresses."""
    _install()
    wire = Wire(public)
    token = _current.set(wire)
    try:
        yield wire
    finally:
        _current.reset(token)


def host_refusal(host: str, *, public: bool) -> str:
    """Why nothing is sent to this host, judged by its addresses; `public`: private ones are refused too."""
    return _refusal(host, _addresses(host), public=public)


def _refusal(host: str, addresses: Iterable[str], *, public: bool) -> str:
    reasons = (refusal(address, private_allowed=not public) for address in addresses)
    return next((f"{host} is {reason}" for reason in reasons if reason), "")


def _addresses(host: str) -> list[str]:
    """Those that the name leads to, or the address itself; none where it leads nowhere."""
    host = host.strip("[]")
    with suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    try:
        return list(dict.fromkeys(str(row[4][0]) for row in socket.getaddrinfo(host, None)))
    except (OSError, UnicodeError):
        return []


def _install() -> None:
    import requests  # loaded with Apprise, when it is needed
    from urllib3.util import connection

    with _lock:
        if getattr(requests.Session.send, "virtadmin", False):
            return
        original, connect = requests.Session.send, connection.create_connection

        @wraps(original)
        def send(self: Any, request: Any, **kwargs: Any) -> Any:
            wire = _current.get()
            return original(self, request, **kwargs) if wire is None else _heard(wire, original, self, request, kwargs)

        @wraps(connect)
        def create_connection(address: tuple[str, int], *args: Any, **kwargs: Any) -> Any:
            wire, (host, port) = _current.get(), address
            judged = wire.judged.get(host.strip("[]").lower()) if wire else None
            if judged is None:  # nobody listens, or it is the proxy that the hub was given
                return connect(address, *args, **kwargs)
            return _connected(judged, lambda ip: connect((ip, port), *args, **kwargs))

        send.virtadmin = True  # type: ignore[attr-defined]
        requests.Session.send = send  # type: ignore[method-assign]
        connection.create_connection = create_connection


def _connected(addresses: Iterable[str], connect: Callable[[str], Any]) -> Any:
    """Connected to the first of these that answers."""
    failed: OSError = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    for address in addresses:
        try:
            return connect(address)
        except OSError as error:
            failed = error
    raise failed


def _heard(wire: Wire, original: Any, session: Any, request: Any, kwargs: dict[str, Any]) -> Any:
    import requests

    host = urlsplit(request.url).hostname or ""
    wire.judged[host] = _addresses(host)
    if reason := _refusal(host, wire.judged[host], public=wire.public):
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
