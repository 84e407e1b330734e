"""Thousands of watched servers in a process or two: SSH servers that answer at every address of 127.0.0.0/8.

Its "probes" say what this machine's own probe says, looked at once a second, so that counters move as real ones do.
"""

import asyncio
import importlib.util
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from types import ModuleType

import asyncssh

from bench.hub import free_port
from virtadmin.ssh.host_keys import pinned
from virtadmin.ssh.keys import key_pair_generate
from virtadmin.ssh.local import probe_path
from virtadmin.ssh.quiet import quieten

FIRST = 0x7F010000
"""127.1.0.0: the addresses of the servers come after it."""
A_PROCESS = 5000
"""Servers that one process plays: it shares the machine with the hub it is there for."""


@dataclass(frozen=True)
class Simulated:
    """Where the simulated servers are, and the key that all of them take."""

    ports: Sequence[int]
    """Of each process that plays some of them."""
    private_key: str
    host_keys: str
    pids: Sequence[int]

    def fields(self, number: int) -> dict[str, object]:
        """What the hub's row of a server says of it, each server having an address of its own."""
        place = FIRST + 1 + number
        return {
            "ip_address": ".".join(str(place >> shift & 255) for shift in (24, 16, 8, 0)),
            "port": self.ports[number % len(self.ports)],
            "private_key": self.private_key,
            "host_keys": self.host_keys,
        }


@contextmanager
def simulated(make_answers: "Callable[[], Answers] | None" = None, *, servers: int = 1) -> Iterator[Simulated]:
    """So many servers (65,000 at most), in processes of their own; `make_answers` is called in each."""
    user_key, public_key = key_pair_generate()
    host_key, host_public_key = key_pair_generate()
    pinned(host_public_key)  # it is what the hub will read
    ports = [free_port() for _ in range(0, servers, A_PROCESS)]
    with ExitStack() as running:
        pids = [running.enter_context(_playing(port, host_key, public_key, make_answers or Answers)) for port in ports]
        yield Simulated(ports, user_key, host_public_key, pids)


@contextmanager
def _playing(port: int, host_key: str, user_key: str, make_answers: "Callable[[], Answers]") -> Iterator[int]:
    ready = multiprocessing.Event()
    process = multiprocessing.get_context("fork").Process(
        target=_serve, args=(port, host_key, user_key, ready, make_answers)
    )
    process.start()
    try:
        if not ready.wait(20):
            raise SystemExit("the simulated servers did not start")
        yield process.pid or 0
    finally:
        process.terminate()
        process.join()


def _serve(port: int, host_key: str, user_key: str, ready: Event, make_answers: "Callable[[], Answers]") -> None:
    quieten()
    asyncio.run(_listen(port, host_key, user_key, ready, make_answers()))


async def _listen(port: int, host_key: str, user_key: str, ready: Event, answers: "Answers") -> None:
    key = asyncssh.import_public_key(user_key)
    await asyncssh.listen(
        "0.0.0.0", port, server_host_keys=[asyncssh.import_private_key(host_key)], backlog=2000,
        server_factory=lambda: _Login(key, answers), kex_algs=["curve25519-sha256"],
        encryption_algs=["aes128-gcm@openssh.com"], encoding=None, login_timeout=60,
    )  # fmt: skip
    ready.set()
    await asyncio.Event().wait()


class Answers:
    """What this machine's probe says, a second old at most."""

    def __init__(self) -> None:
        self._probe = _probe()
        self._facts = self._answer(b"facts")
        self._sample, self._until = b"", 0.0

    def give(self, word: bytes, channel: asyncssh.SSHServerChannel[bytes]) -> None:
        """Answer a request that came over the channel."""
        channel.write(self.to(word))

    def to(self, word: bytes) -> bytes:
        """The answer to a request."""
        if word == b"facts":
            return self._facts
        if time.monotonic() > self._until:
            self._sample, self._until = self._answer(b"sample"), time.monotonic() + 1
        return self._sample

    def _answer(self, word: bytes) -> bytes:
        answer: bytes = self._probe.answer(word)
        return answer


def _probe() -> ModuleType:
    found = importlib.util.spec_from_file_location("probe", probe_path("probe.py"))
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


class _Login(asyncssh.SSHServer):
    def __init__(self, key: asyncssh.SSHKey, answers: Answers) -> None:
        self._key, self._answers = key, answers

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return key == self._key

    def session_requested(self) -> "_Session":
        return _Session(self._answers)


class _Session(asyncssh.SSHServerSession[bytes]):
    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = chan

    def shell_requested(self) -> bool:
        return True

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        for word in data.splitlines():
            self._answers.give(word, self._channel)


if __name__ == "__main__":
    with simulated() as one:
        print(one.fields(0), os.getpid())
