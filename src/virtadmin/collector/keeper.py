"""The keeper of open channels: one connection and one channel a server at most, asked in bursts, rebuilt when it fails.

Everything here runs on the collector's loop and touches no database.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from virtadmin.collector.counters import Counters
from virtadmin.collector.pacing import NoTurn, Pace
from virtadmin.metrics.sample import Totals
from virtadmin.ssh.channel import ProbeChannel, open_channel
from virtadmin.ssh.stages import ConnectionFailure, Stage
from virtadmin.ssh.target import Target

EXCHANGE_SECONDS = 10.0
"""How long one question and its answer may take."""
FIRST_PAIR_SECONDS = 1.0
"""Pause between the two samples taken on a new connection, so that rates are there at once."""
IDLE_SECONDS = 600
"""A channel whose next question is further off than this is closed: the probe ends itself after 15 minutes."""
SWEEP_SECONDS = 10.0
"""Between two looks for channels that nobody asks any more."""

Place = tuple[str, int, str, str]
"""Address, port, user name, transport: a channel that leads elsewhere is not the server's any more."""


@dataclass(frozen=True, slots=True)
class Question:
    """One server to ask, in the round of this number; with its target where no channel is open (`Keeper.lacking`)."""

    server_id: int
    interval: int
    place: Place
    round: int = 0
    revision: int = 0
    """`ServerState.revision` when it was made."""
    target: Target | None = None


@dataclass(slots=True)
class Before:
    """What a channel's next sample is compared with. It ends with the channel: over a new one two samples are taken."""

    totals: Totals | None = None
    """Those of the newest sample that was written."""


@dataclass(slots=True)
class Outcome:
    """What became of asking: answers with their time of receipt, oldest first; facts if newly connected; or why not."""

    server_id: int
    answers: list[tuple[float, bytes]] = field(default_factory=list)
    facts: bytes | None = None
    failure: ConnectionFailure | None = None
    round: int = 0
    revision: int = 0
    """That of its question."""
    before: Before = field(default_factory=Before)
    """Of the channel it came over."""


@dataclass(slots=True)
class Held:
    """An open channel, and what it takes to open it again."""

    channel: ProbeChannel
    target: Target
    interval: int
    asked: float
    """By the monotonic clock."""
    introduced: bool = True
    """Whether it was polled: the first poll over a connection asks for the facts too."""
    before: Before = field(default_factory=Before)


class Keeper:
    """Holds the channels of one process."""

    def __init__(self, hub_name: str, pace: Pace | None = None) -> None:
        self.counters = Counters()
        self._hub_name = hub_name
        self._pace = pace or Pace()
        self._held: dict[int, Held] = {}
        self._busy: dict[int, asyncio.Task[Outcome | None]] = {}
        self._errands: dict[int, asyncio.Task[bytes]] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    @property
    def open_count(self) -> int:
        """How many channels are open."""
        return len(self._held)

    def lacking(self, questions: Iterable[Question]) -> set[int]:
        """The servers that cannot be asked without a target. May be called from any thread."""
        return {question.server_id for question in questions if not self._leads_there(question)}

    def ask(self, questions: Iterable[Question]) -> list[asyncio.Task[Outcome | None]]:
        """Ask all servers at once. One whose last question is still open is left out, never queued.

        An outcome is None where nothing can be said: too many connections had to be opened before its own.
        """
        loop = self._loop()
        asked = list(questions)
        fresh = [question for question in asked if question.server_id not in self._busy]
        self.counters.skipped += len(asked) - len(fresh)
        for question in fresh:
            poll = self._ask_one(question, self._errands.get(question.server_id))
            self._busy[question.server_id] = loop.create_task(poll)
        return [self._busy[question.server_id] for question in fresh]

    def errand(self, question: Question, request: str) -> asyncio.Task[bytes]:
        """Ask the server something else than a sample: the answer, or ConnectionFailure, or NoTurn.

        It waits for the poll and the errand before it, and the poll after it waits for it; a connection is opened
        where there is none. It goes on when nobody waits for it any more: to end it would cost the connection.
        """
        server_id = question.server_id
        before = [task for task in (self._busy.get(server_id), self._errands.get(server_id)) if task]
        errand = self._loop().create_task(self._run_errand(question, request, before))
        self._errands[server_id] = errand
        errand.add_done_callback(partial(self._errand_over, server_id))
        return errand

    async def let_go(self, is_let_go: Callable[[int, str], bool]) -> None:
        """Close the channels of the servers that the function, given their id and transport, says so of."""
        for server_id in [known for known, held in self._held.items() if is_let_go(known, held.target.transport)]:
            self._close(server_id)

    async def close(self) -> None:
        """Close every channel."""
        await self.let_go(lambda server_id, transport: True)
        if self._sweeping:
            self._sweeping.cancel()
            self._sweeping = None

    def _loop(self) -> asyncio.AbstractEventLoop:
        """The loop, on which unused channels are looked for from the first question on."""
        loop = asyncio.get_running_loop()
        self._sweeping = self._sweeping or loop.call_later(SWEEP_SECONDS, self._sweep)
        return loop

    def _close(self, server_id: int) -> None:
        held = self._held.pop(server_id, None)
        if held:
            held.channel.close()

    def _sweep(self) -> None:
        """Close what was not asked for two intervals: deleted, paused, or another worker's now."""
        now = time.monotonic()
        for server_id, held in list(self._held.items()):
            if now - held.asked > 2 * held.interval + SWEEP_SECONDS:
                self._close(server_id)
        self._pace.forget(now)
        self._sweeping = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)

    async def _ask_one(self, question: Question, errand: asyncio.Task[bytes] | None) -> Outcome | None:
        outcome = Outcome(question.server_id, round=question.round, revision=question.revision)
        try:
            if errand:
                await asyncio.wait([errand])
            await self._exchange(question, outcome)
        except ConnectionFailure as failure:
            outcome.failure = failure
        except NoTurn:
            self.counters.skipped += 1
            return None
        except Exception as error:  # noqa: BLE001 - one server's surprise must never cost another's poll
            outcome.failure = ConnectionFailure(Stage.PROBE_FAILED, f"unexpected: {error!r}")
        finally:
            self._busy.pop(question.server_id, None)
            if outcome.failure or question.interval > IDLE_SECONDS:
                self._close(question.server_id)
        self.counters.count(outcome.failure.stage if outcome.failure else None)
        return outcome

    async def _run_errand(self, question: Question, request: str, before: Collection[asyncio.Task[Any]]) -> bytes:
        if before:
            await asyncio.wait(before)
        try:
            return await (await self._channel(question)).ask(request, EXCHANGE_SECONDS)
        finally:
            if question.interval > IDLE_SECONDS:
                self._close(question.server_id)

    def _errand_over(self, server_id: int, errand: asyncio.Task[bytes]) -> None:
        if self._errands.get(server_id) is errand:
            del self._errands[server_id]
        if not errand.cancelled():
            errand.exception()  # it was told to whoever waited; nobody need have

    async def _channel(self, question: Question) -> ProbeChannel:
        held = self._held.get(question.server_id)
        if held and self._leads_there(question):
            return held.channel
        self._close(question.server_id)
        if question.target is None or place_of(question.target) != question.place:
            raise NoTurn
        channel = await self._open(question, question.target)
        self._held[question.server_id].introduced = False
        return channel

    async def _exchange(self, question: Question, outcome: Outcome) -> None:
        held = self._held.get(question.server_id)
        if held and self._leads_there(question):
            held.asked, held.interval = time.monotonic(), question.interval
            first, held.introduced = not held.introduced, True
            outcome.before = held.before
            try:
                await (self._first if first else self._sample)(held.channel, outcome)
            except ConnectionFailure as failure:
                if failure.stage == Stage.PROBE_TIMEOUT:
                    raise
            else:
                return
        self._close(question.server_id)  # it broke since the last poll, or leads elsewhere: build it anew, once
        target = question.target or (held.target if held else None)
        if target is None or place_of(target) != question.place:
            raise NoTurn  # it broke between the look and the question; the next round brings its target
        channel = await self._open(question, target)
        outcome.before = self._held[question.server_id].before
        await self._first(channel, outcome)

    async def _open(self, question: Question, target: Target) -> ProbeChannel:
        if target.transport == "ssh":
            await self._pace.turn(target.address, target.port)
        self.counters.connects += 1
        channel = await open_channel(target, hub_name=self._hub_name)
        self._held[question.server_id] = Held(channel, target, question.interval, time.monotonic())
        return channel

    async def _first(self, channel: ProbeChannel, outcome: Outcome) -> None:
        outcome.facts = await channel.ask("facts", EXCHANGE_SECONDS)
        await self._sample(channel, outcome)
        await asyncio.sleep(FIRST_PAIR_SECONDS)
        await self._sample(channel, outcome)

    def _leads_there(self, question: Question) -> bool:
        """Whether a channel is open, to where the server is said to be now."""
        held = self._held.get(question.server_id)
        return held is not None and not held.channel.closed and place_of(held.target) == question.place

    @staticmethod
    async def _sample(channel: ProbeChannel, outcome: Outcome) -> None:
        answer = await channel.ask("sample", EXCHANGE_SECONDS)
        outcome.answers.append((time.time(), answer))


def place_of(target: Target) -> Place:
    """Where the target is."""
    return (target.address, target.port, target.username, target.transport)
