"""Many checks that are wanted at once begin a few at a time, each time the loop comes round.

Else each would wait for the first words of all others, and that wait would count as the website's. Who begins later
finds those before already done: the times measured are the websites', and no timer is needed for it.
"""

import asyncio
from collections import deque

AT_ONCE = 4


class Turns:
    """Whose turn it is, on one loop."""

    def __init__(self) -> None:
        self._begun = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def mine(self) -> None:
        """Wait for one's turn."""
        loop = asyncio.get_running_loop()
        if not self._begun:
            loop.call_soon(self._round, loop)
        if self._begun < AT_ONCE:
            self._begun += 1
            return
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _round(self, loop: asyncio.AbstractEventLoop) -> None:
        self._begun = 0
        while self._waiting and self._begun < AT_ONCE:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self._begun += 1
        if self._begun:
            loop.call_soon(self._round, loop)
