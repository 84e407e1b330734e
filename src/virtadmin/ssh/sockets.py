"""The way to an SSH server up to its first words: resolve, judge the address, connect, hear that it is SSH.

All of it happens before asyncssh has the socket, so that each failure has its stage, and so that the address that
was judged is the one connected to.
"""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Sequence
from typing import Any

from virtadmin.core.addresses import refusal
from virtadmin.ssh.stages import ConnectionFailure, Stage

FIRST_WORDS_MAX = 4096
"""Bytes a server may say before its version line (RFC 4253 §4.2 sets no limit)."""
PEEK_SECONDS = 0.05

Address = tuple[socket.AddressFamily, tuple[Any, ...]]


async def open_socket(address: str, port: int, *, timeout: float) -> socket.socket:
    """A connected socket behind which an SSH server has begun to speak, within `timeout` seconds.

    Raises ConnectionFailure. The caller owns the socket.
    """
    try:
        async with asyncio.timeout(timeout):
            connected = await _connect_any(await resolve(address, port), port)
    except TimeoutError:
        raise ConnectionFailure(Stage.TIMEOUT, f"No answer from port {port} within {timeout:g} seconds.") from None
    try:
        async with asyncio.timeout(timeout):
            await _hear_ssh(connected, port)
    except TimeoutError:
        connected.close()
        raise ConnectionFailure(
            Stage.TIMEOUT, f"Port {port} is open, but nothing was said there for {timeout:g} seconds."
        ) from None
    except BaseException:
        connected.close()
        raise
    return connected


async def resolve(address: str, port: int) -> list[Address]:
    """The addresses the hub may connect to, in the resolver's order. Raises ConnectionFailure if there is none."""
    found = await _look_up(address, port)
    allowed = [entry for entry in found if refusal(str(entry[1][0])) is None]
    if not allowed:
        ip = str(found[0][1][0])
        raise ConnectionFailure(
            Stage.UNREACHABLE,
            f"The hub does not connect to {ip}: it is {refusal(ip)}.",
            "Give the address of the server itself.",
        )
    return allowed


async def _look_up(address: str, port: int) -> list[Address]:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        pass
    else:  # without a thread of the resolver: a thousand reconnects at once shall not queue there
        return [(socket.AF_INET if ip.version == 4 else socket.AF_INET6, (address, port))]
    try:
        answers = await asyncio.get_running_loop().getaddrinfo(address, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        reason = error.strerror if isinstance(error, socket.gaierror) else "not a host name"
        raise ConnectionFailure(Stage.DNS, f"The name {address} cannot be resolved: {reason}.") from None
    return [(family, where) for family, _, _, _, where in answers]


async def _connect_any(addresses: Sequence[Address], port: int) -> socket.socket:
    """A socket connected to the first of the addresses that accepts; the first failure if none does."""
    failures = []
    for family, where in addresses:
        try:
            return await _connect(family, where)
        except OSError as error:
            failures.append(_named(error, port))
    raise failures[0]


async def _connect(family: socket.AddressFamily, where: tuple[Any, ...]) -> socket.socket:
    fresh = socket.socket(family, socket.SOCK_STREAM)
    try:
        fresh.setblocking(False)  # noqa: FBT003 - takes no keyword
        await asyncio.get_running_loop().sock_connect(fresh, where)
    except BaseException:
        fresh.close()
        raise
    return fresh


def _named(error: OSError, port: int) -> ConnectionFailure:
    if isinstance(error, ConnectionRefusedError):
        return ConnectionFailure(Stage.REFUSED, f"Nothing listens on port {port}, or a firewall refuses.")
    if error.errno == errno.ETIMEDOUT:
        return ConnectionFailure(Stage.TIMEOUT, f"No answer from port {port}.")
    return ConnectionFailure(Stage.UNREACHABLE, f"No way to it: {error.strerror or error}.")


async def _hear_ssh(connected: socket.socket, port: int) -> None:
    """Wait until the other side has sent an SSH version line; look at it without taking it from the socket."""
    heard = b""
    while not (heard.startswith(b"SSH-") or b"\nSSH-" in heard):
        before = heard
        heard = await _peek(connected)
        if heard == before:
            await asyncio.sleep(PEEK_SECONDS)  # what was peeked at stays readable: waiting for "readable" would spin
        if not heard or len(heard) >= FIRST_WORDS_MAX or _is_other_protocol(heard):
            raise ConnectionFailure(Stage.UNREACHABLE, *_not_ssh(heard, port))


async def _peek(connected: socket.socket) -> bytes:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(connected, readable.set)
    try:
        await readable.wait()
        return connected.recv(FIRST_WORDS_MAX, socket.MSG_PEEK)
    except OSError:
        return b""  # reset: the same to us as closed
    finally:
        loop.remove_reader(connected)


def _is_other_protocol(heard: bytes) -> bool:
    return heard.startswith((b"HTTP/", b"220", b"+OK", b"* OK", b"Not allowed", b"Exceeded MaxStartups"))


def _not_ssh(heard: bytes, port: int) -> tuple[str, str]:
    if not heard:
        return (
            "The connection was closed before the server said anything.",
            "sshd may have too many connections at once or have shut the hub out for a while; try again in a minute.",
        )
    first = heard.split(b"\n")[0].decode("ascii", "replace").strip()
    line = "".join(c if c.isprintable() else "?" for c in first)[:80]
    if heard.startswith((b"Not allowed", b"Exceeded MaxStartups")):
        return f"sshd shut the hub out for now: “{line}”.", "Wait a minute, then try again."
    return f"What answers on port {port} is not SSH: “{line}”.", "Check the port number."
