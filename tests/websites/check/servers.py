"""Real web servers on this machine that answer as they are told: byte for byte, and as slowly."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@dataclass
class Website:
    """A server that runs: its port, and the requests it has had, head and body."""

    port: int = 0
    requests: list[str] = field(default_factory=list)


@asynccontextmanager
async def website(
    *answers: bytes | Answering, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Website]:
    """A server that gives these answers in turn, the last one again and again. Bytes are sent and the connection is
    closed; a function does what it does after the request's head was read."""
    site, running = Website(), set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.add(asyncio.current_task())
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = next((int(line[15:]) for line in head.splitlines() if line.startswith("Content-Length:")), 0)
            answer = answers[min(len(site.requests), len(answers) - 1)]
            site.requests.append(head + (await reader.readexactly(length)).decode())
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(reader, writer)
        with suppress(OSError):
            writer.close()

    server = await asyncio.start_server(serve, host, 0, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@asynccontextmanager
async def silent(first: bytes = b"", host: str = "127.0.0.1") -> AsyncIterator[int]:
    """The port of a server that says `first` to whoever comes, and then nothing for ever."""
    open_ones: list[asyncio.StreamWriter] = []

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.append(writer)
        writer.write(first)

    server = await asyncio.start_server(serve, host, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in open_ones:
            writer.close()


def then_nothing(begin: bytes) -> Answering:
    """An answer that begins so, and hangs."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(begin)
        await reader.read()  # until the check goes away

    return answer


def for_ever(begin: bytes, piece: bytes) -> Answering:
    """An answer that never ends."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(begin)
        while True:
            writer.write(piece)
            await writer.drain()

    return answer


def names(**found: str | Sequence[str]) -> Callable[[str], Awaitable[Sequence[str]]]:
    """A resolver that knows these names, "_" for a dot; a list is gone through, one entry a look-up."""
    left = {name.replace("_", "."): [place] if isinstance(place, str) else list(place) for name, place in found.items()}

    async def resolve(name: str) -> Sequence[str]:
        places = left[name]
        return [places.pop(0) if len(places) > 1 else places[0]]

    return resolve


@contextmanager
def blocking(tls: ssl.SSLContext) -> Iterator[int]:
    """The port of a TLS server in a thread, which tells its client why a handshake fails: asyncio's does not."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            connection.settimeout(5)
            with suppress(OSError), tls.wrap_socket(connection, server_side=True) as secure:
                secure.recv(65536)
                secure.sendall(OK)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


@asynccontextmanager
async def going_away() -> AsyncIterator[int]:
    """The port of a server that ends every connection when the first bytes come."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
