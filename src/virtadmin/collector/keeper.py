"""The keeper of open channels: one connection and one channel a server at most, asked in bursts, rebuilt when it fails.

Everything here runs on the collector's loop and touches no database.
"""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from virtadmin.ssh.channel import ProbeChannel, open_channel
from virtadmin.ssh.stages import ConnectionFailure, Stage
from virtadmin.ssh.target import Target

EXCHANGE_SECONDS = 10.0
"""How long one question and its answer may take."""
FIRST_PAIR_SECONDS = 1.0
"""Pause between the two samples taken on a new connection, so that rates are there at once."""
IDLE_SECONDS = 600
"""A channel whose next question is further off than this is closed: the probe ends itself after 15 minutes."""


@dataclass(frozen=True, slots=True)
class Question:
    """One server to ask."""

    server_id: int
    interval: int
    target: Target


@dataclass(slots=True)
class Outcome:
    """What became of asking: answers with their time of receipt, oldest first; facts if newly connected; or why not."""

    server_id: int
    answers: list[tuple[float, bytes]] = field(default_factory=list)
    facts: bytes | None = None
    failure: ConnectionFailure | None = None


class Keeper:
    """Holds the channels of one process."""

    def __init__(self, hub_name: str) -> None:
        self._hub_name = hub_name
        self._channels: dict[int, tuple[Target, ProbeChannel]] = {}
        self._busy: set[int] = set()

    @property
    def open_count(self) -> int:
        """How many channels are open."""
        return len(self._channels)

    def ask(self, questions: Iterable[Question]) -> list[asyncio.Task[Outcome]]:
        """Ask all servers at once. One whose last question is still open is left out, never queued."""
        fresh = [question for question in questions if question.server_id not in self._busy]
        self._busy.update(question.server_id for question in fresh)
        return [asyncio.get_running_loop().create_task(self._ask_one(question)) for question in fresh]

    async def retain(self, server_ids: set[int]) -> None:
        """Close the channels of all other servers: deleted, paused, moved away."""
        for server_id in [known for known in self._channels if known not in server_ids]:
            self._close(server_id)

    async def close(self) -> None:
        """Close every channel."""
        await self.retain(set())

    def _close(self, server_id: int) -> None:
        _, channel = self._channels.pop(server_id)
        channel.close()

    async def _ask_one(self, question: Question) -> Outcome:
        outcome = Outcome(question.server_id)
        try:
            await self._exchange(question, outcome)
        except ConnectionFailure as failure:
            outcome.failure = failure
        except Exception as error:  # noqa: BLE001 - one server's surprise must never cost another's poll
            outcome.failure = ConnectionFailure(Stage.PROBE_FAILED, f"unexpected: {error!r}")
        finally:
            self._busy.discard(question.server_id)
            if question.server_id in self._channels and (outcome.failure or question.interval > IDLE_SECONDS):
                self._close(question.server_id)
        return outcome

    async def _exchange(self, question: Question, outcome: Outcome) -> None:
        channel = self._usable(question)
        if channel is not None:
            try:
                await self._sample(channel, outcome)
            except ConnectionFailure as failure:
                if failure.stage == Stage.PROBE_TIMEOUT:
                    raise
                self._close(question.server_id)  # the line broke since the last poll: build it anew, once
            else:
                return
        channel = await open_channel(question.target, hub_name=self._hub_name)
        self._channels[question.server_id] = (question.target, channel)
        outcome.facts = await channel.ask("facts", EXCHANGE_SECONDS)
        await self._sample(channel, outcome)
        await asyncio.sleep(FIRST_PAIR_SECONDS)
        await self._sample(channel, outcome)

    def _usable(self, question: Question) -> ProbeChannel | None:
        """The open channel, if it still leads where the server is said to be now."""
        if question.server_id not in self._channels:
            return None
        target, channel = self._channels[question.server_id]
        if channel.closed or target != question.target:
            self._close(question.server_id)
            return None
        return channel

    @staticmethod
    async def _sample(channel: ProbeChannel, outcome: Outcome) -> None:
        answer = await channel.ask("sample", EXCHANGE_SECONDS)
        outcome.answers.append((time.time(), answer))
