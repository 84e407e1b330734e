"""A TCP connection to one of several addresses, as RFC 8305 ("happy eyeballs") has it: while one does not answer, the
next is tried beside it, and the first that is there is taken."""

import asyncio
import errno
import socket
from collections.abc import Sequence

from virtadmin.websites.check.failure import CheckFailure
from virtadmin.websites.check.stages import Stage

HEAD_START = 0.25
"""Seconds an address has for itself."""
MOST = 8
"""Addresses that are tried."""
LOCAL = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})
"""What is the hub's own trouble, not the website's."""


async def connect(addresses: Sequence[str], port: int) -> tuple[socket.socket, str]:
    """A connected socket, which the caller owns, and the IP address it is connected to. Raises CheckFailure."""
    race = _Race(port)
    tried = in_turns(addresses)[:MOST]
    try:
        for ip in tried:
            race.start(ip)
            if race.running and race.won is None:
                await race.news(HEAD_START if ip is not tried[-1] else None)
            if race.won:
                return race.won
        while race.running:
            await race.news(None)
            if race.won:
                return race.won
        raise race.failure()
    finally:
        race.end()


def in_turns(addresses: Sequence[str]) -> list[str]:
    """The two families in turns, beginning with that of the first address."""
    if len(addresses) < 3:
        return list(addresses)
    first = [ip for ip in addresses if (":" in ip) == (":" in addresses[0])]
    other = [ip for ip in addresses if (":" in ip) != (":" in addresses[0])]
    turns = [ip for pair in zip(first, other, strict=False) for ip in pair]
    return turns + first[len(other) :] + other[len(first) :]


class _Race:
    def __init__(self, port: int) -> None:
        self._loop, self._port = asyncio.get_running_loop(), port
        self._failures: list[tuple[str, OSError]] = []
        self._bell: asyncio.Future[None] | None = None
        self.running: dict[socket.socket, str] = {}
        self.won: tuple[socket.socket, str] | None = None

    def start(self, ip: str) -> None:
        """Begin to connect to it."""
        try:
            fresh = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM)
        except OSError as error:
            self._failures.append((ip, error))
            return
        try:
            fresh.setblocking(False)  # noqa: FBT003 - takes no keyword
            fresh.connect((ip, self._port))
        except BlockingIOError:
            self.running[fresh] = ip
            self._loop.add_writer(fresh.fileno(), self._decided, fresh)
        except OSError as error:
            fresh.close()
            self._failures.append((ip, error))
        else:
            self.won = fresh, ip

    async def news(self, seconds: float | None) -> None:
        """Wait until one is there or has failed, for so long at most."""
        bell = self._bell = self._loop.create_future()
        timer = None if seconds is None else self._loop.call_later(seconds, self._ring)
        try:
            await bell
        finally:
            if timer:
                timer.cancel()

    def end(self) -> None:
        """Give up those that are still being tried."""
        for late in self.running:
            self._loop.remove_writer(late.fileno())
            late.close()
        self.running.clear()

    def failure(self) -> CheckFailure:
        """What says most about why none is there."""
        return named(*min(self._failures, key=_telling), self._port)

    def _ring(self) -> None:
        if self._bell and not self._bell.done():
            self._bell.set_result(None)

    def _decided(self, sock: socket.socket) -> None:
        self._loop.remove_writer(sock.fileno())
        ip = self.running.pop(sock)
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code or self.won:
            sock.close()
            self._failures.append((ip, OSError(code, errno.errorcode.get(code, ""))))
        else:
            self.won = sock, ip
        self._ring()


def _telling(failed: tuple[str, OSError]) -> int:
    error = failed[1]
    if error.errno in LOCAL:
        return 0
    return 1 if isinstance(error, ConnectionRefusedError) else 2


def named(ip: str, error: OSError, port: int) -> CheckFailure:
    """The failure to connect to that address, by its stage."""
    where = f"port {port} of {ip}"
    if error.errno in LOCAL:
        said = errno.errorcode.get(error.errno or 0, "")
        return CheckFailure(Stage.INTERNAL, f"The hub itself has no room for one more connection ({said}).")
    if isinstance(error, ConnectionRefusedError):
        return CheckFailure(Stage.REFUSED, f"Nothing listens on {where}, or a firewall refuses.")
    if error.errno == errno.ETIMEDOUT:
        return CheckFailure(Stage.CONNECT_TIMEOUT, f"No answer from {where}.")
    said = errno.errorcode.get(error.errno or 0, "no reason given")
    return CheckFailure(Stage.UNREACHABLE, f"There is no way to {where} ({said}).")
