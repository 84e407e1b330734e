"""One holder among all processes that could ask Telegram: Telegram gives a bot's updates to one alone."""

from contextlib import suppress

import redis
from redis.exceptions import LockError

from virtadmin.core import bus

KEY = "virtadmin:chatbot:lease"
SECONDS = 30
"""How long a holder that was killed keeps the others waiting; longer than one question to Telegram takes."""


class Lease:
    """Held, renewed and given back by one process. Raises redis.RedisError where Valkey is away."""

    def __init__(self) -> None:
        self._lock = bus.connection().lock(KEY, timeout=SECONDS, thread_local=False)

    def hold(self) -> bool:
        """Take it, or hold it for longer; whether it is ours now."""
        try:
            if self._lock.owned():
                return bool(self._lock.reacquire())
            return bool(self._lock.acquire(blocking=False))
        except LockError:  # it ended between the two questions
            return False

    def give_back(self) -> None:
        """So that another takes over at once."""
        with suppress(LockError, redis.RedisError):
            self._lock.release()
