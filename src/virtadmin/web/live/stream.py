"""One open stream: the bus, filtered for one person, as server-sent events, until either side goes."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, cast

import redis

from virtadmin.core import bus
from virtadmin.web.live import events
from virtadmin.web.live.audience import Audience
from virtadmin.web.live.closing import closing

HEARTBEAT_SECONDS = 15.0
LIFE_SECONDS = 600.0
"""A stream ends after this time and the browser opens the next one: so a withdrawn right is gone from it too."""

Found = tuple[str, dict[str, Any]] | None


async def stream(
    audience: Audience, *, life: float = LIFE_SECONDS, heartbeat: float = HEARTBEAT_SECONDS
) -> AsyncIterator[bytes]:
    """The person's events as they come, a comment when it is quiet; ends with the life, or when the process stops."""
    yield events.RETRY
    messages = cast("AsyncGenerator[Found, None]", bus.subscribe(*audience.topics, heartbeat=heartbeat, announce=True))
    quiet = events.READY  # the first of these says that the bus is listened to
    try:
        async for found in _until_closing(messages, life):
            if found is None:
                yield quiet
                quiet = events.HEARTBEAT
            elif (message := await audience.hears(*found)) is not None:
                yield events.event(found[0].partition(":")[0], message)
    except redis.RedisError:
        return  # the bus is away: the page says so, and its browser tries again
    finally:
        await messages.aclose()


async def _until_closing(messages: AsyncGenerator[Found, None], life: float) -> AsyncIterator[Found]:
    """The messages until the life is over or the process stops."""
    loop = asyncio.get_running_loop()
    end = loop.time() + life
    stop = asyncio.ensure_future(closing().wait())
    over = False
    try:
        while not over:
            asked = asyncio.ensure_future(anext(messages))
            try:
                left = max(0.0, end - loop.time())
                await asyncio.wait({asked, stop}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _drop(asked)
            over = stop.done() or asked.cancelled()
            if not over:
                yield asked.result()
    finally:
        await _drop(stop)


async def _drop(task: "asyncio.Future[Any]") -> None:
    """Cancel what is not done yet, and wait until it is gone."""
    if not task.done():
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
