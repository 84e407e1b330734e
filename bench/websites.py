"""A cheap server in a process of its own that plays any number of websites, plain and with TLS."""

import asyncio
import multiprocessing
import os
import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from bench.hub import free_port
from bench.whole import wait
from tests.websites import tls_authority
from virtadmin.websites.check.tls import strict_context

SYSTEM_CAS = Path("/etc/ssl/certs/ca-certificates.crt")
PAGE = b"<p>All is well.</p>\n" * 400
HEAD = (
    "HTTP/1.1 200 OK\r\nServer: cheap\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\n"
    "Content-Type: text/html; charset=utf-8\r\nCache-Control: no-cache\r\nVary: Accept-Encoding\r\n"
    f"X-Frame-Options: DENY\r\nConnection: close\r\nContent-Length: {len(PAGE)}\r\n\r\n"
)


@dataclass(frozen=True)
class Websites:
    """Where they are: any path under these addresses. `tls` is what they show."""

    plain: str
    secure: str
    tls: ssl.SSLContext


@contextmanager
def websites() -> Iterator[Websites]:
    """Played websites. Every process started meanwhile trusts their CA, beside those of the system."""
    root = tls_authority.root()
    below = tls_authority.intermediate(root)
    shown = tls_authority.issued("cheap", ("127.0.0.1",), below, points_to_issuer=True)
    context = tls_authority.server_context(shown, below)
    ports = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder, "cas.pem")
        bundle.write_text((SYSTEM_CAS.read_text() if SYSTEM_CAS.exists() else "") + root.pem)
        os.environ |= {"SSL_CERT_FILE": str(bundle), "SSL_CERT_DIR": str(Path(folder, "none"))}
        process = multiprocessing.get_context("fork").Process(target=lambda: asyncio.run(_serve(*ports, context)))
        process.start()
        try:
            if not wait(lambda: answers(ports[0]), 30):
                raise SystemExit("The websites do not answer.")
            yield Websites(f"http://127.0.0.1:{ports[0]}/", f"https://127.0.0.1:{ports[1]}/", context)
        finally:
            process.terminate()
            process.join()


def answers(port: int) -> bool:
    """Whether somebody speaks HTTP there."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/", timeout=5):
            return True
    except OSError:
        return False


def handshake_cpu_ms(shown: ssl.SSLContext, times: int = 300) -> float:
    """CPU milliseconds that OpenSSL takes for the client's part of a verified handshake, without any network."""
    client, spent = strict_context(""), 0.0
    for _ in range(times):
        theirs = ssl.MemoryBIO(), ssl.MemoryBIO()
        server = shown.wrap_bio(*theirs, server_side=True)
        begun, mine = time.thread_time(), (ssl.MemoryBIO(), ssl.MemoryBIO())
        tls = client.wrap_bio(*mine, server_hostname="127.0.0.1")
        spent += time.thread_time() - begun
        for _ in range(2):
            begun = time.thread_time()
            with suppress(ssl.SSLWantReadError):
                tls.do_handshake()
            spent += time.thread_time() - begun
            theirs[0].write(mine[1].read())
            with suppress(ssl.SSLWantReadError):
                server.do_handshake()
            mine[0].write(theirs[1].read())
    return 1000 * spent / times


async def _serve(plain: int, secure: int, context: ssl.SSLContext) -> None:
    loop = asyncio.get_running_loop()
    await loop.create_server(_Website, "127.0.0.1", plain, backlog=4096)
    await loop.create_server(_Website, "127.0.0.1", secure, ssl=context, backlog=4096)
    await asyncio.Event().wait()


class _Website(asyncio.Protocol):
    answer = HEAD.encode() + PAGE

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert isinstance(self._transport, asyncio.Transport)
        if data.endswith(b"\r\n\r\n"):
            self._transport.write(self.answer)
            self._transport.close()
