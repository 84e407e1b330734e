"""A connected socket as a check reads it."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator

import pytest

from virtadmin.websites.check.channel import PlainChannel


@pytest.fixture
async def ends() -> AsyncIterator[tuple[PlainChannel, socket.socket]]:
    """A channel, and the other end of it, which blocks."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        mine = socket.create_connection(listening.getsockname())
        theirs, _ = listening.accept()
    mine.setblocking(False)
    channel = PlainChannel(mine)
    yield channel, theirs
    channel.close()
    theirs.close()


async def test_what_comes_while_nobody_reads_is_kept(ends: tuple[PlainChannel, socket.socket]) -> None:
    channel, theirs = ends
    theirs.sendall(b"first")
    assert await channel.receive() == b"first"
    theirs.sendall(b"second")
    for _ in range(3):
        await asyncio.sleep(0.01)
    theirs.close()
    assert await channel.receive() == b"second"
    assert await channel.receive() == b""


async def test_a_connection_that_is_reset_is_an_error(ends: tuple[PlainChannel, socket.socket]) -> None:
    channel, theirs = ends
    waiting = asyncio.create_task(channel.receive())
    await asyncio.sleep(0.01)
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    theirs.close()
    with pytest.raises(ConnectionResetError):
        await waiting


async def test_closing_twice_is_no_error(ends: tuple[PlainChannel, socket.socket]) -> None:
    channel, theirs = ends
    theirs.sendall(b"x")
    assert await channel.receive() == b"x"
    channel.close()
    channel.close()
