"""The live bus: what happened just now, for pages that are open. Over Redis/Valkey pub/sub; nothing is kept.

A message is JSON. Whoever was not listening reads the database, so losing one does no harm: `publish` never raises.
"""

import logging
from collections.abc import AsyncIterator
from functools import lru_cache
from time import monotonic
from typing import Any

import orjson
import redis
import redis.asyncio
from django.conf import settings

logger = logging.getLogger(__name__)
PREFIX = "virtadmin:live:"


@lru_cache(maxsize=1)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)


def connection() -> redis.Redis:
    """The process's connection pool to `REDIS_URL`; safe from any thread."""
    return _client(settings.REDIS_URL)


def publish(topic: str, message: dict[str, Any]) -> bool:
    """Tell every listener of `topic`. Best effort: without Redis the pages go stale, nothing else.

    Returns whether the bus took it (not whether anybody listened).
    """
    try:
        connection().publish(PREFIX + topic, orjson.dumps(message))
    except redis.RedisError as error:
        logger.warning("the live bus is away: %s", error)
        return False
    return True


async def subscribe(
    *topics: str, heartbeat: float = 15.0, announce: bool = False
) -> AsyncIterator[tuple[str, dict[str, Any]] | None]:
    """Messages of the topics as (topic, message), as they come; None after `heartbeat` seconds of silence.

    `announce`: None also as soon as nothing said can be missed any more.
    """
    unconfirmed = len(topics)
    client = redis.asyncio.Redis.from_url(settings.REDIS_URL)
    listener = client.pubsub(ignore_subscribe_messages=True)
    try:
        await listener.subscribe(*(PREFIX + topic for topic in topics))
        silent_until = monotonic() + heartbeat
        while True:
            found = await listener.get_message(timeout=max(silent_until - monotonic(), 0.0))
            if found is not None:
                yield found["channel"].decode().removeprefix(PREFIX), orjson.loads(found["data"])
            elif monotonic() < silent_until:
                unconfirmed -= 1  # a subscription was confirmed, which is nobody's message
                if unconfirmed == 0 and announce:
                    yield None
                continue
            else:
                yield None
            silent_until = monotonic() + heartbeat
    finally:
        await listener.aclose()  # type: ignore[no-untyped-call]
        await client.aclose()
