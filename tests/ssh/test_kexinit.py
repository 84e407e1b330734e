"""The host keys that a server says it has."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ssh.conftest import ADDRESS
from virtadmin.ssh.kexinit import host_key_algorithms, host_keys_of_kexinit
from virtadmin.ssh.stages import ConnectionFailure, Stage


def name_list(*names: str) -> bytes:
    text = ",".join(names).encode()
    return len(text).to_bytes(4, "big") + text


def kexinit(*names: str) -> bytes:
    return bytes([20]) + b"c" * 16 + name_list("curve25519-sha256") + name_list(*names)


def packet(payload: bytes) -> bytes:
    return (len(payload) + 5).to_bytes(4, "big") + b"\4" + payload + b"pads"


async def asked(port: int) -> list[str]:
    connected = socket.create_connection((ADDRESS, port))
    return await asyncio.wait_for(host_key_algorithms(connected), 2)


async def test_it_reads_them_after_other_lines(serve_bytes: Callable[..., AbstractAsyncContextManager[int]]) -> None:
    async with serve_bytes(b"Hello\r\nSSH-2.0-Test\r\n", packet(kexinit("ssh-ed25519", "rsa-sha2-512"))) as port:
        assert await asked(port) == ["ssh-ed25519", "rsa-sha2-512"]


@pytest.mark.parametrize(
    "says",
    [
        (b"bye\r\n",),
        (b"SSH-2.0-Test\r\n", b"\0\0"),
        (b"SSH-2.0-Test\r\n", b"\0\0\0\0"),
        (b"SSH-2.0-Test\r\n", b"\xff\xff\xff\xff"),
        (b"SSH-2.0-Test\r\n", packet(b"\1" + kexinit("ssh-ed25519"))),
        (b"SSH-2.0-Test\r\n", packet(kexinit("ssh-ed25519")[:-3])),
        (b"x" * 100_000,),
    ],
)
async def test_it_says_that_the_server_broke_off(
    serve_bytes: Callable[..., AbstractAsyncContextManager[int]], says: tuple[bytes, ...]
) -> None:
    async with serve_bytes(*says, keep_open=False) as port:
        with pytest.raises(ConnectionFailure) as caught:
            await asked(port)
    assert caught.value.stage == Stage.UNREACHABLE


@given(st.binary(max_size=200))
def test_garbage_is_refused_or_read_but_never_breaks_it(payload: bytes) -> None:
    with suppress(ConnectionFailure):
        assert isinstance(host_keys_of_kexinit(bytes([20]) + payload), list)
