"""A web server of the test's own with well and ill pages, which counts who asked what, when."""

import asyncio
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

LARGE = 10 * 1024 * 1024
CHUNK = b"x" * 65_536


class LocalSites:
    """Pages by the first word of the path: `ok`, `bad` (503), `never` (takes the request, says nothing), `hangs`
    (breaks off within the head), `large` (10 MB), `slow` (a byte of the body every 0.1 s); others are 404."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.tls, self.port = tls, 0
        self.hits: defaultdict[str, list[float]] = defaultdict(list)
        """Monotonic times by path."""
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def url(self, path: str) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/{path}"

    def open(self) -> None:
        """Listen; again on the same port."""
        self._run(self._open())

    def shut(self) -> None:
        """Refuse everybody from now on."""
        self._run(self._shut())

    def end(self) -> None:
        self.shut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=2048, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _shut(self) -> None:
        if self._server:
            self._server.close()
            for writer in list(self._clients):
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None
        await asyncio.sleep(0.05)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode().lstrip("/")
            self.hits[path].append(time.monotonic())
            await self._answer(path.partition("/")[0], writer)
            await writer.drain()
        self._clients.discard(writer)
        writer.close()

    async def _answer(self, kind: str, writer: asyncio.StreamWriter) -> None:
        if kind == "never":
            await asyncio.sleep(3600)
        elif kind == "hangs":
            writer.write(b"HTTP/1.1 200 OK\r\nServer: ")
            await asyncio.sleep(3600)
        elif kind == "large":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LARGE)
            for _ in range(LARGE // len(CHUNK)):
                writer.write(CHUNK)
                await writer.drain()
        elif kind == "slow":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(1000):
                writer.write(b"x")
                await asyncio.sleep(0.1)
        else:
            status = {"ok": b"200 OK", "bad": b"503 Service Unavailable"}.get(kind, b"404 Not Found")
            writer.write(b"HTTP/1.1 %b\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok" % status)


@contextmanager
def local_sites(tls: ssl.SSLContext | None = None) -> Iterator[LocalSites]:
    """The server, listening."""
    made = LocalSites(tls)
    made.open()
    try:
        yield made
    finally:
        made.end()
