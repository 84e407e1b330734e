"""A connected socket as a check reads and writes it: what it needs of asyncio's transports, for less CPU."""

import asyncio
import socket
from typing import Protocol

PIECE = 64 * 1024
"""Bytes that are read at once."""


class Channel(Protocol):
    """Two ways of bytes: plain, or through TLS."""

    async def send(self, data: bytes) -> None:
        """Send all of it. Raises OSError."""

    async def receive(self) -> bytes:
        """What has come, at least a byte; empty = the other side has ended. Raises OSError, ssl.SSLError."""

    def close(self) -> None:
        """End it."""


class PlainChannel:
    """A TCP connection. Owns the socket, which does not block."""

    __slots__ = ("_fd", "_loop", "_reading", "_sock", "_waiter")

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._fd = sock, sock.fileno()
        self._loop = asyncio.get_running_loop()
        self._reading = False
        self._waiter: asyncio.Future[bytes] | None = None

    async def send(self, data: bytes) -> None:
        """Send all of it. Raises OSError."""
        sent = self._sent(data)
        while sent < len(data):
            await self._writable()
            sent += self._sent(data[sent:])

    async def receive(self) -> bytes:
        """What has come, at least a byte; empty = the other side has ended. Raises OSError."""
        self._waiter = self._loop.create_future()
        if not self._reading:  # it stays registered from then on: each change is a system call
            self._loop.add_reader(self._fd, self._arrived)
            self._reading = True
        return await self._waiter

    def close(self) -> None:
        """End it."""
        if self._reading:
            self._loop.remove_reader(self._fd)
            self._reading = False
        self._sock.close()

    def _arrived(self) -> None:
        if self._waiter is None or self._waiter.done():
            self._loop.remove_reader(self._fd)  # nobody wants it now; the kernel keeps it
            self._reading = False
            return
        try:
            data = self._sock.recv(PIECE)
        except BlockingIOError:
            return
        except OSError as error:
            self._waiter.set_exception(error)
        else:
            self._waiter.set_result(data)

    def _sent(self, data: bytes) -> int:
        try:
            return self._sock.send(data)
        except BlockingIOError:
            return 0

    async def _writable(self) -> None:
        room = self._loop.create_future()
        self._loop.add_writer(self._fd, _set, room)
        try:
            await room
        finally:
            self._loop.remove_writer(self._fd)


def _set(room: asyncio.Future[None]) -> None:
    if not room.done():
        room.set_result(None)
