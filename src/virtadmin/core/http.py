"""The outgoing HTTP client: for services whose address is in the settings, such as chat providers.

Every request has an end (connecting, each pause, the whole), an answer is read up to a size, redirects are answers like
any other (following one could carry a secret elsewhere), and an error names the host and what happened: never the path,
the query or a header, for providers put secrets there (Telegram's token is in the path).
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from virtadmin.core.errors import VirtadminError

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0
LARGEST = 1024 * 1024
"""Bytes of an answer that are read."""
for chatty in ("httpx", "httpcore"):
    logging.getLogger(chatty).setLevel(logging.WARNING)  # below that they log addresses and headers whole


class HttpFailure(VirtadminError):
    """There was no answer, or none that could be read. `arrived`: the other side may have got the request."""

    def __init__(self, message: str, *, arrived: bool) -> None:
        super().__init__(message)
        self.arrived = arrived


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said, of whatever status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is none."""
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}


class Client:
    """Asks the service at `url`, keeping its connections. Any thread may; a forked process makes its own."""

    def __init__(self, url: str, *, largest: int = LARGEST) -> None:
        self._url, self._largest = url.rstrip("/"), largest
        self._host = urlsplit(url).hostname or "the service"
        self._lock = threading.Lock()
        self._kept: httpx.Client | None = None

    def post(
        self, path: str, body: object, *, headers: Mapping[str, str] | None = None, seconds: float = ANSWER_SECONDS
    ) -> Answer:
        """POST `body` as JSON to `path`, which begins with a slash; the whole takes `seconds` at most.

        Raises HttpFailure.
        """
        sent = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
        return self._ask("POST", path, orjson.dumps(body), sent, seconds)

    def get(self, path: str, *, headers: Mapping[str, str] | None = None, seconds: float = ANSWER_SECONDS) -> Answer:
        """GET `path`, likewise."""
        return self._ask("GET", path, None, headers or {}, seconds)

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], seconds: float) -> Answer:
        import httpx  # a fifth of a second to load, and most processes and commands ask nobody

        patience = httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
        end = monotonic() + seconds
        try:
            with self._client().stream(
                method, self._url + path, content=body, headers=headers, timeout=patience
            ) as answer:
                return Answer(answer.status_code, answer.headers, self._read(answer, end))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            raise HttpFailure(f"{self._host} cannot be reached: {_reason(error)}.", arrived=False) from None
        except httpx.TimeoutException:
            raise HttpFailure(f"{self._host} did not answer within {seconds:.0f} s.", arrived=True) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            told = f"{self._host} ended the connection without an answer ({type(error).__name__})."
            raise HttpFailure(told, arrived=True) from None

    def close(self) -> None:
        """Close the kept connections."""
        with self._lock:
            if self._kept:
                self._kept.close()
            self._kept = None

    def __del__(self) -> None:
        """One that is forgotten, because the settings it was made by are others now, leaves nothing open."""
        self.close()

    def _client(self) -> "httpx.Client":
        import httpx  # as above

        with self._lock:
            self._kept = self._kept or httpx.Client(follow_redirects=False)
            return self._kept

    def _read(self, answer: "httpx.Response", end: float) -> bytes:
        """The body. A server that sends a byte now and then must not hold a thread for ever."""
        parts, size = [], 0
        for part in answer.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > self._largest:
                raise HttpFailure(f"{self._host} answered with more than {self._largest} bytes.", arrived=True)
            if monotonic() > end:
                raise HttpFailure(f"{self._host} did not finish its answer in time.", arrived=True)
        return b"".join(parts)


def _reason(error: Exception) -> str:
    """What the system said, such as "Connection refused"; it names no address."""
    text = str(error).partition("] ")[2] or str(error) or type(error).__name__
    return text.rstrip(".")
