"""An SSH server in this process, for what no real sshd can be brought to do."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import asyncssh
import pytest

from virtadmin.ssh.host_keys import HostKey, as_text, host_key
from virtadmin.ssh.keys import key_pair_generate
from virtadmin.ssh.target import Target

ADDRESS = "127.0.1.150"
Handler = Callable[["asyncssh.SSHServerProcess[bytes]"], Awaitable[None]]


@dataclass
class Server:
    """A running server, and how its probe is reached."""

    port: int
    host_keys: list[HostKey]
    target: Target


class Door(asyncssh.SSHServer):
    """Lets in whoever has the password."""

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return password == "door-secret"


ServeSsh = Callable[..., AbstractAsyncContextManager[Server]]


@asynccontextmanager
async def _serve(
    handler: Handler, *, host_key_types: tuple[str, ...] = ("ssh-ed25519",), **options: Any
) -> AsyncIterator[Server]:
    pair = key_pair_generate()
    keys = [asyncssh.generate_private_key(kind) for kind in host_key_types]
    acceptor = await asyncssh.listen(
        ADDRESS,
        0,
        **{
            "server_factory": Door,
            "server_host_keys": keys,
            "authorized_client_keys": asyncssh.import_authorized_keys(pair.public),
            "process_factory": handler,
            "encoding": None,
            **options,
        },
    )
    port = acceptor.get_port()
    host_keys = [host_key(key.convert_to_public()) for key in keys]
    try:
        yield Server(port, host_keys, Target(ADDRESS, port, "virtadmin", pair.private, as_text(host_keys)))
    finally:
        acceptor.close()
        await acceptor.wait_closed()


@pytest.fixture
def serve_ssh() -> ServeSsh:
    """`async with serve_ssh(handler, **asyncssh_options) as server`: the handler gets each session's process."""
    return _serve


@asynccontextmanager
async def _serve_bytes(*says: bytes, keep_open: bool = True, reset: bool = False) -> AsyncIterator[int]:
    over = asyncio.Event()
    talks = []

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.current_task())
        for words in says:
            writer.write(words)
            await asyncio.sleep(0.02)
        if keep_open:
            await over.wait()
        if reset:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(talk, ADDRESS, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        over.set()
        server.close()
        await asyncio.gather(*filter(None, talks))


@pytest.fixture
def serve_bytes() -> Callable[..., AbstractAsyncContextManager[int]]:
    """`async with serve_bytes(b"words", keep_open=True) as port`: something that is not (yet) SSH."""
    return _serve_bytes
