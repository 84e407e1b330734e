"""How fast connections are opened, so that neither hub nor hosts are overrun when many are needed at once.

A handshake costs the hub about 7 ms of CPU, which all run on one loop: a thousand at once would time each other out.
And sshd refuses at random what comes faster than it likes (MaxStartups, sshd_config(5)). Starts are paced; how many
attempts are open is not limited, so a host that does not answer holds up nobody.
"""

import asyncio
from time import monotonic

A_SECOND = 50.0
"""Connections begun in a second: 1,000 servers in 20 s, for a third of a core."""
SAME_PLACE_SECONDS = 1.0
"""Between two connections to the same address and port."""
PATIENCE_SECONDS = 20.0
"""How long a poll waits for its turn; then it is left out, and tried again when the server is due the next time."""


class NoTurn(Exception):
    """There were too many before it."""


class Pace:
    """Gives out turns to connect."""

    def __init__(self, *, a_second: float = A_SECOND, same_place: float = SAME_PLACE_SECONDS) -> None:
        self._between, self._same_place = 1 / a_second, same_place
        self._next = 0.0
        self._line = asyncio.Lock()
        self._places: dict[tuple[str, int], float] = {}

    async def turn(self, address: str, port: int) -> None:
        """Wait until a connection to there may begin. Raises NoTurn."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.sleep(self.place_take((address, port), monotonic()))
                await self._next_in_line()
        except TimeoutError:
            raise NoTurn from None

    def place_take(self, place: tuple[str, int], now: float) -> float:
        """Take the next turn of this address and port: the seconds until then. Raises NoTurn when that is too long."""
        at = max(now, self._places.get(place, 0.0))
        if at - now >= PATIENCE_SECONDS:
            raise NoTurn
        self._places[place] = at + self._same_place
        return at - now

    def forget(self, now: float) -> None:
        """Drop the places that need not wait any more."""
        self._places = {place: at for place, at in self._places.items() if at > now}

    async def _next_in_line(self) -> None:
        async with (
            self._line
        ):  # one after the other: a hub that is behind begins fewer, and never catches up in a burst
            wait = self._next - monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            self._next = monotonic() + self._between
