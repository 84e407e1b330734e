"""uvicorn, but asleep while nobody asks: by itself it wakes ten times a second to look whether it should end."""

import asyncio
from contextlib import suppress
from types import FrameType

import uvicorn


class QuietServer(uvicorn.Server):
    """Wakes once a second, for the date in its answers, and when it is told to end."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        """Serve until told to end."""
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._told.wait()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """What a signal does."""
        super().handle_exit(sig, frame)
        if self._loop:
            self._loop.call_soon_threadsafe(self._told.set)
