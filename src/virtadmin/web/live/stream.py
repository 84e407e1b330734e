"""One open stream: the bus, filtered for one person, as server-sent events, until either side goes."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator

from virtadmin.web.live import events
from virtadmin.web.live.audience import Audience
from virtadmin.web.live.closing import closing
from virtadmin.web.live.relay import BusIsAway, Inbox, Said, listening

HEARTBEAT_SECONDS = 15.0
LIFE_SECONDS = 600.0
"""A stream ends after this time and the browser opens the next one: so a withdrawn right is gone from it too."""


async def stream(
    audience: Audience, *, life: float = LIFE_SECONDS, heartbeat: float = HEARTBEAT_SECONDS
) -> AsyncIterator[bytes]:
    """The person's events as they come, a comment when it is quiet; ends with the life, when the process stops, and
    when the bus is away: then the page says so, and its browser tries again."""
    yield events.RETRY
    with contextlib.suppress(BusIsAway):
        async with listening(audience.topics) as inbox:
            yield events.READY
            async for said in _until_closing(inbox, life, heartbeat):
                if said is None:
                    yield events.HEARTBEAT
                elif text := await audience.hears(said):
                    yield text
                if audience.over:
                    return


async def _until_closing(inbox: Inbox, life: float, heartbeat: float) -> AsyncGenerator[Said | None, None]:
    """What comes in, None after a while of silence, until the life is over or the process stops."""
    loop = asyncio.get_running_loop()
    end = loop.time() + life
    stop = asyncio.ensure_future(closing().wait())
    asked = asyncio.ensure_future(inbox.get())
    try:
        while (left := end - loop.time()) > 0:
            await asyncio.wait({asked, stop}, timeout=min(left, heartbeat), return_when=asyncio.FIRST_COMPLETED)
            if stop.done():
                return
            if not asked.done():
                if loop.time() < end:
                    yield None
                continue
            if (said := asked.result()) is None:
                return
            asked = asyncio.ensure_future(inbox.get())
            yield said
    finally:
        asked.cancel()
        stop.cancel()
