"""HTTP to a VictoriaMetrics: kept connections, short timeouts, one clear error.

https://docs.victoriametrics.com/url-examples/ lists the paths; a cluster has the same ones behind vmauth.
"""

import base64
import http.client
from collections import deque
from contextlib import suppress
from urllib.parse import SplitResult, unquote, urlencode, urlsplit

from virtadmin.metrics.errors import HistoryAway, HistoryRefused

TIMEOUT = 10.0
"""Seconds for each of: connecting, sending, a pause within the answer."""
LARGEST = 64 * 1024 * 1024
"""Bytes of an answer that are read."""
KEPT = 4
"""Connections that stay open while nobody asks."""
OK = (200, 204)
TOO_MANY = 429
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Connection = http.client.HTTPConnection


class Client:
    """The server at an address such as `http://user:password@host:8428/prefix`. Any thread may call."""

    def __init__(self, url: str) -> None:
        self.url: SplitResult = urlsplit(url)
        self._idle: deque[Connection] = deque()

    def call(self, path: str, query: dict[str, str], body: bytes | None = None) -> bytes:
        """POST a form, or with a body (gzip) that one and the form as query; the answer's body. Raises HistoryAway."""
        form = urlencode(query)
        target = self.url.path.rstrip("/") + path + (f"?{form}" if body is not None else "")
        headers = self._login() | (FORM if body is None else {"Content-Encoding": "gzip"})
        content = body if body is not None else form.encode()
        with suppress(IndexError, OSError, http.client.HTTPException):  # it may have been closed by the other side
            return self._asked(self._idle.pop(), target, content, headers)
        try:
            return self._asked(self._new(), target, content, headers)
        except (OSError, http.client.HTTPException) as error:
            raise HistoryAway(f"VictoriaMetrics at {self.url.hostname} cannot be asked: {error!r}") from error

    def close(self) -> None:
        """Close what is kept."""
        while self._idle:
            self._idle.pop().close()

    def _asked(self, connection: Connection, target: str, body: bytes, headers: dict[str, str]) -> bytes:
        try:
            connection.request("POST", target, body, headers)
            answer = connection.getresponse()
            content = answer.read(LARGEST)
        except BaseException:
            connection.close()
            raise
        if answer.isclosed() and len(self._idle) < KEPT:
            self._idle.append(connection)
        else:
            connection.close()
        if answer.status not in OK:
            said = content[:200].decode("utf-8", "replace")
            refused = 400 <= answer.status < 500 and answer.status != TOO_MANY
            failure = HistoryRefused if refused else HistoryAway
            raise failure(f"VictoriaMetrics at {self.url.hostname} answered {answer.status}: {said}")
        return content

    def _new(self) -> Connection:
        kind = http.client.HTTPSConnection if self.url.scheme == "https" else Connection
        return kind(self.url.hostname or "", self.url.port, timeout=TIMEOUT)

    def _login(self) -> dict[str, str]:
        if not self.url.username:
            return {}
        login = f"{unquote(self.url.username)}:{unquote(self.url.password or '')}"
        return {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()}
