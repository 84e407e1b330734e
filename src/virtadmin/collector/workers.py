"""Which workers are there: each says so in Valkey with every heartbeat Celery sends to the broker, every 2 s.

Why not ask them (`control.ping`): see docs/decisions/0005-workers-say-that-they-live.md.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson
import redis

from virtadmin.core import bus

logger = logging.getLogger(__name__)
QUEUE = "collect"
"""Who takes tasks from it asks servers too."""
KNOWN = "virtadmin:workers"
ALIVE = "virtadmin:worker:%s"
ALIVE_SECONDS = 7
"""Three heartbeats missed: a worker that was killed is given up after this time."""
SHARED = "virtadmin:workers:shared"
GONE_SECONDS = 3600
TWINS = 3
"""Heartbeats of another process under our name before it is called a twin: one may be of our predecessor."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker that asks servers."""

    name: str
    """Its node name in Celery, `name@machine`."""
    this_machine: bool = False
    """Whether it asks the server "this machine": it runs where the hub does."""
    counters: dict[str, Any] = field(default_factory=dict)
    """What its keeper counts, and under `checks` what its checks of websites do (`counters.Counters`)."""


class Announcer:
    """Says that this process lives."""

    def __init__(self, name: str, *, this_machine: bool = False) -> None:
        self.me = Worker(name, this_machine)
        self._mark = uuid4().hex
        self._twins = 0

    def announce(self, counters: dict[str, Any], *, now: float) -> None:
        """Say so once; what fails is tried again at the next heartbeat."""
        value = orjson.dumps({"mark": self._mark, "this_machine": self.me.this_machine, "counters": counters})
        try:
            with bus.connection().pipeline(transaction=False) as pipeline:
                pipeline.set(ALIVE % self.me.name, value, ex=ALIVE_SECONDS, get=True)
                pipeline.zadd(KNOWN, {self.me.name: now})
                before, _ = pipeline.execute()
        except redis.RedisError as error:
            logger.warning("this worker cannot say that it lives: %s", error)
            return
        self._notice_twin(before)

    def leave(self) -> None:
        """Say that it lives no more, so that others take its servers at once."""
        try:
            bus.connection().delete(ALIVE % self.me.name)
        except redis.RedisError as error:
            logger.warning("this worker cannot say that it leaves: %s", error)

    def _notice_twin(self, before: bytes | None) -> None:
        mine = before is None or orjson.loads(before)["mark"] == self._mark
        self._twins = 0 if mine else self._twins + 1
        if self._twins == TWINS:
            logger.error("another worker is called %s too: give each a --name of its own", self.me.name)


def workers_live() -> list[Worker]:
    """The workers that live, by name. Raises redis.RedisError."""
    names = sorted(map(_text, bus.connection().zrange(KNOWN, 0, -1)))
    found = bus.connection().mget([ALIVE % name for name in names]) if names else []
    said = {name: orjson.loads(value) for name, value in zip(names, found, strict=True) if value}
    return [Worker(name, value["this_machine"], value["counters"]) for name, value in said.items()]


def worker_lives(name: str) -> bool:
    """Whether the worker of this node name said so lately. Raises redis.RedisError."""
    return bool(bus.connection().exists(ALIVE % name))


def workers_shared(names: Collection[str]) -> list[str]:
    """The names the servers were shared among last time; these are remembered instead. Raises redis.RedisError."""
    before = bus.connection().set(SHARED, orjson.dumps(sorted(names)), get=True)
    return list(orjson.loads(before)) if isinstance(before, bytes) else []


def workers_forget(live: Collection[str], *, now: float) -> list[str]:
    """Forget workers not heard of for an hour; their names. Those that live are never among them, whatever the clocks
    say. Raises redis.RedisError."""
    limit = now - GONE_SECONDS
    gone = [name for name in map(_text, bus.connection().zrangebyscore(KNOWN, "-inf", limit)) if name not in live]
    if gone:
        bus.connection().zrem(KNOWN, *gone)
    return gone


def _text(name: Any) -> str:
    return bytes(name).decode()
