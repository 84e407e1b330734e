"""What the collector keeps in Valkey, for all processes: the newest answer of each server, ticks, and rounds.

Losing it does no harm: reads give nothing and writes are dropped when Valkey is away.
"""

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple

import redis

from virtadmin.core import bus
from virtadmin.core.expiring import save_all
from virtadmin.metrics.sample import BadSample, Sample, parse

logger = logging.getLogger(__name__)
KEY = b"virtadmin:sample:%d"
KEEP_SECONDS = 2 * 3600
"""Twice the longest interval."""
LAST_TICK = "virtadmin:tick"
ROUND = "virtadmin:round"
ROUNDS = "virtadmin:rounds"
"""What is known of rounds that came to an end (`Rounds`)."""


WRITTEN = "virtadmin:written"
"""When results were saved last, Unix seconds by their worker's clock: of `servers` and of `websites`."""


class Taken(NamedTuple):
    """A sample and when it came."""

    at: float
    """Unix seconds by the hub's clock."""
    sample: Sample


class Rounds(NamedTuple):
    """Workers' parts of rounds that came to an end since Valkey began."""

    at: float
    """When the last one did, Unix seconds by its worker's clock."""
    seconds: float
    """How long that one took."""
    number: int
    """How many of them."""
    total_seconds: float


def taken_load(server_ids: Iterable[int]) -> dict[int, Taken]:
    """The newest samples of the servers with their times, as far as remembered."""
    ids = list(server_ids)
    try:
        kept = bus.connection().mget([KEY % server_id for server_id in ids]) if ids else []
    except redis.RedisError as error:
        logger.warning("newest samples cannot be read: %s", error)
        return {}
    found = {}
    for server_id, value in zip(ids, kept, strict=True):
        if isinstance(value, bytes):
            with suppress(BadSample, ValueError):  # of another release: as good as none
                at, _, answer = value.partition(b" ")
                found[server_id] = Taken(float(at), parse(answer))
    return found


def samples_save(samples: Mapping[int, Taken]) -> None:
    """Remember the samples as the newest. Each is one value with its time: nobody reads the one without the other."""
    values = {KEY % server_id: b"%r %b" % (at, sample.answer) for server_id, (at, sample) in samples.items()}
    try:
        save_all(values, KEEP_SECONDS)
    except redis.RedisError as error:
        logger.warning("newest samples cannot be saved: %s", error)


def round_begin() -> int:
    """The number of a new round: higher than any since Valkey began."""
    return int(bus.connection().incr(ROUND))


def round_newest() -> int | None:
    """The number of the round that began last; None where that cannot be told."""
    try:
        number = bus.connection().get(ROUND)
    except redis.RedisError:
        return None
    return int(number) if isinstance(number, bytes) else None


def round_end(began: float, now: float) -> None:
    """A worker has done its part of a round. Best effort."""
    try:
        with bus.connection().pipeline(transaction=False) as pipeline:
            pipeline.hset(ROUNDS, mapping={"at": repr(now), "seconds": repr(now - began)})
            pipeline.hincrby(ROUNDS, "count", 1)
            pipeline.hincrbyfloat(ROUNDS, "total", max(now - began, 0.0))
            pipeline.execute()
    except redis.RedisError as error:
        logger.warning("the end of a round cannot be noted: %s", error)


def results_note(what: str, now: float) -> None:
    """Results of `servers` or `websites`, good or bad, were just saved. Best effort."""
    try:
        bus.connection().hset(WRITTEN, what, repr(now))
    except redis.RedisError as error:
        logger.warning("that results were saved cannot be noted: %s", error)


def results_known() -> dict[str, float]:
    """When results of `servers` and `websites` were saved last, as far as known. Raises redis.RedisError."""
    said: dict[bytes, bytes] = bus.connection().hgetall(WRITTEN)  # type: ignore[assignment]
    return {what.decode(): float(at) for what, at in said.items()}


def rounds_known() -> Rounds | None:
    """What is known of rounds that ended; None before the first. Raises redis.RedisError."""
    said = bus.connection().hmget(ROUNDS, ["at", "seconds", "count", "total"])
    if None in said:
        return None
    at, seconds, number, total = (float(value) for value in said if value is not None)
    return Rounds(at, seconds, int(number), total)


def tick_last() -> float | None:
    """When the last tick was, in Unix seconds; None before the first. Raises redis.RedisError."""
    last = bus.connection().get(LAST_TICK)
    return float(last) if isinstance(last, bytes) else None


def tick_begin(now: float) -> float:
    """The time of the tick before this one, which is remembered instead: each moment is in exactly one tick."""
    before = bus.connection().set(LAST_TICK, repr(now), get=True)
    return float(before) if before else 0.0
