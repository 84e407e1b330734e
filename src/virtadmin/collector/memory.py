"""What the collector remembers of each server between rounds: its newest sample. In Valkey, so that any worker has it.

Losing it costs one interval of rates, nothing else: reads give nothing and writes are dropped when Valkey is away.
"""

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress

import redis

from virtadmin.core import bus
from virtadmin.metrics.sample import BadSample, Sample

logger = logging.getLogger(__name__)
KEY = "virtadmin:sample:%d"
KEEP_SECONDS = 2 * 3600
"""Twice the longest interval."""
LAST_TICK = "virtadmin:tick"


def samples_load(server_ids: Iterable[int]) -> dict[int, Sample]:
    """The newest samples of the servers, as far as remembered."""
    ids = list(server_ids)
    if not ids:
        return {}
    try:
        found = bus.connection().mget([KEY % server_id for server_id in ids])
    except redis.RedisError as error:
        logger.warning("newest samples cannot be read: %s", error)
        return {}
    samples = {}
    for server_id, packed in zip(ids, found, strict=True):
        if isinstance(packed, bytes):
            with suppress(BadSample):  # of another release: as good as none
                samples[server_id] = Sample.unpack(packed)
    return samples


def samples_save(samples: Mapping[int, Sample]) -> None:
    """Remember the samples as the newest."""
    try:
        with bus.connection().pipeline(transaction=False) as pipeline:
            for server_id, sample in samples.items():
                pipeline.set(KEY % server_id, sample.pack(), ex=KEEP_SECONDS)
            pipeline.execute()
    except redis.RedisError as error:
        logger.warning("newest samples cannot be saved: %s", error)


def tick_begin(now: float) -> float:
    """The time of the tick before this one, which is remembered instead: each moment is in exactly one tick."""
    before = bus.connection().set(LAST_TICK, repr(now), get=True)
    return float(before) if before else 0.0
