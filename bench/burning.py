"""Simulated servers that start to burn when told to, and the mail server that hears of it."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import c_double
from email import message_from_bytes, policy
from multiprocessing.queues import Queue
from typing import Any

import asyncssh
from aiosmtpd.controller import Controller

from bench.hub import free_port
from bench.simulated import FIRST, Answers, Simulated, simulated

TICKS = 100
"""Clock ticks a second, as /proc/stat counts (proc(5))."""
IDLE_SHARE, BURNING_SHARE = 0.1, 0.9
TOP_SECONDS = 0.25
"""What the probe takes between its two looks at the processes."""
TOP = b"virtadmin-probe 1 top\ninterval 0.25 clk_tck 100\n%bvirtadmin-probe end\n" % b"".join(
    b"process %d %d %d worker-%d\n" % (1000 + n, 25 - n, 1024 * n, n) for n in range(10)
)
LOGGED = b"virtadmin-probe 1 log\nlogged journal\nvirtadmin-probe end\n"


class Fleet:
    """The servers: which of them burn, and when each last gave a sample since it did."""

    def __init__(self, count: int) -> None:
        self.burning = multiprocessing.Array(c_double, count, lock=False)
        """When each caught fire (Unix time); 0 = it does not burn."""
        self.sampled = multiprocessing.Array(c_double, count, lock=False)
        """When the sample was sent by which it was seen to burn."""

    def light(self, number: int) -> None:
        """Let it burn from its next sample on."""
        self.burning[number] = time.time()


class BurningAnswers(Answers):
    """This machine's own, but for the processor: idle for a tenth, until it burns."""

    def __init__(self, fleet: Fleet) -> None:
        super().__init__()
        self._fleet = fleet
        self._used: dict[int, tuple[float, float, float]] = {}
        """By server: when it was asked last, busy and idle ticks so far."""

    def give(self, word: bytes, channel: asyncssh.SSHServerChannel[bytes]) -> None:
        """Answer, `top` after the time that the probe takes for it."""
        if word == b"top":
            asyncio.get_running_loop().call_later(TOP_SECONDS, channel.write, TOP)
        elif word.startswith(b"log "):
            channel.write(LOGGED)
        elif word == b"sample":
            channel.write(self._sample_of(_number(channel)))
        else:
            channel.write(self.to(word))

    def _sample_of(self, number: int) -> bytes:
        now, burns = time.time(), self._fleet.burning[number]
        then, busy, idle = self._used.get(number, (now - 10, 0.0, 0.0))
        share = BURNING_SHARE if burns else IDLE_SHARE
        busy, idle = busy + (now - then) * share * TICKS, idle + (now - then) * (1 - share) * TICKS
        self._used[number] = now, busy, idle
        if burns and not self._fleet.sampled[number]:
            self._fleet.sampled[number] = now
        stat = b"cpu  %d 0 0 %d 0 0 0 0 0 0\ncpu0 %d 0 0 %d 0 0 0 0 0 0\n" % (busy, idle, busy, idle)
        before, _, after = self.to(b"sample").partition(b"==> /proc/stat <==\n")
        return before + b"==> /proc/stat <==\n" + stat + after[after.index(b"\n==> ") :]


def _number(channel: asyncssh.SSHServerChannel[bytes]) -> int:
    """Which server the channel leads to, by its address (`Simulated.fields`)."""
    parts = channel.get_extra_info("sockname")[0].split(".")
    return int.from_bytes(bytes(map(int, parts)), "big") - FIRST - 1


@contextmanager
def burning(fleet: Fleet) -> Iterator[Simulated]:
    """The servers, in a process of their own."""
    with simulated(lambda: BurningAnswers(fleet)) as there:
        yield there


class _Box:
    """Notes what came when."""

    def __init__(self, heard: "Queue[tuple[float, str]]") -> None:
        self._heard = heard

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self._heard.put((time.time(), str(mail["Subject"])))
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[int, Callable[[], list[tuple[float, str]]]]]:
    """A mail server in a process of its own: its port, and what tells the mails since it was last asked: when each was
    handed over (Unix time), and its subject."""
    port, heard = free_port(), multiprocessing.get_context("fork").Queue()
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(port, heard))
    process.start()

    def new() -> list[tuple[float, str]]:
        found = []
        while not heard.empty():
            found.append(heard.get())
        return found

    try:
        yield port, new
    finally:
        process.terminate()
        process.join()


def _serve(port: int, heard: "Queue[tuple[float, str]]") -> None:
    Controller(_Box(heard), hostname="127.0.0.1", port=port).start()
    while True:
        time.sleep(60)
