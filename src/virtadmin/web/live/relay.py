"""The bus, heard once in this process however many streams are open: each topic has one subscription, and what comes
is handed to every stream that asked for it. Two hundred open pages cost one reading of each message, not two hundred.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import redis

from virtadmin.core import bus
from virtadmin.web.live import events

WAITING_MOST = 500
"""Messages a stream may lag behind. One whose browser takes nothing any more is ended; it comes again and looks."""
HEARTBEAT_SECONDS = 3600.0
"""The streams have heartbeats of their own."""


class BusIsAway(Exception):
    """Nothing can be heard now."""


@dataclass(frozen=True)
class Said:
    """A message of the bus. Its text is written once, for all who may hear the whole of it."""

    topic: str
    message: dict[str, Any]

    @cached_property
    def text(self) -> bytes:
        return events.event(self.topic, self.message)


Inbox = asyncio.Queue["Said | None"]
"""What one stream has yet to send; None: the bus is away, or it lags too far behind."""


class Relay:
    """One topic's subscription, as long as some stream listens."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.ready = asyncio.Event()
        self.listeners: set[Inbox] = set()
        self.task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        try:
            with contextlib.suppress(redis.RedisError):
                async for found in bus.subscribe(self.topic, heartbeat=HEARTBEAT_SECONDS, announce=True):
                    if found is None:
                        self.ready.set()
                    else:
                        self._hand_on(Said(found[0], found[1]))
        finally:
            for inbox in self.listeners:
                _end(inbox)

    def _hand_on(self, said: Said) -> None:
        for inbox in self.listeners:
            try:
                inbox.put_nowait(said)
            except asyncio.QueueFull:
                _end(inbox)


_relays: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Relay]]" = WeakKeyDictionary()


@contextlib.asynccontextmanager
async def listening(topics: Iterable[str]) -> AsyncIterator[Inbox]:
    """Where all that is said of the topics comes in, from now on; nothing said later is missed. Raises BusIsAway."""
    inbox: Inbox = asyncio.Queue(WAITING_MOST)
    with _joined(topics, inbox) as relays:
        for relay in relays:
            await _heard(relay)
        yield inbox


@contextlib.contextmanager
def _joined(topics: Iterable[str], inbox: Inbox) -> Iterator[list[Relay]]:
    """The relays of the topics, with the inbox among their listeners. Who leaves as the last ends the subscription."""
    known = _relays.setdefault(asyncio.get_running_loop(), {})
    joined = [_relay(known, topic) for topic in topics]
    for relay in joined:
        relay.listeners.add(inbox)
    try:
        yield joined
    finally:
        for relay in joined:
            relay.listeners.discard(inbox)
            if not relay.listeners:
                relay.task.cancel()
                if known.get(relay.topic) is relay:
                    del known[relay.topic]


def _relay(known: dict[str, Relay], topic: str) -> Relay:
    """The one that runs, or a new one: a subscription that broke is never asked again."""
    if topic not in known or known[topic].task.done():
        known[topic] = Relay(topic)
    return known[topic]


async def _heard(relay: Relay) -> None:
    """Wait until the subscription stands."""
    waits = asyncio.ensure_future(relay.ready.wait())
    try:
        await asyncio.wait({waits, relay.task}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waits.cancel()
    if relay.task.done():
        raise BusIsAway


def _end(inbox: Inbox) -> None:
    """Tell a stream that it must end; what waits in a full inbox is not sent any more."""
    if inbox.full():
        inbox.get_nowait()
    inbox.put_nowait(None)
