"""How often somebody may do what costs others something: counted in the cache, minute by minute, for all processes.

While the cache is away each process counts for itself. So a limit is a little wider then, but there is one, and whoever
is within it notices nothing: refusing everybody would make the loss of Valkey the loss of sign-in too.
"""

import logging
from threading import Lock
from time import time

from django.core.cache import cache
from redis import RedisError

from virtadmin.core.errors import TooOften

logger = logging.getLogger(__name__)
MINUTE = 60


class OwnCounts:
    """What this process counted in the minute that runs."""

    def __init__(self) -> None:
        self._lock, self._minute, self._counts = Lock(), 0, dict[str, int]()

    def one_more(self, key: str, minute: int) -> int:
        """Count one more of the key in this minute; how many that makes. Earlier minutes are forgotten."""
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            self._counts[key] = self._counts.get(key, 0) + 1
            return self._counts[key]

    def forget(self) -> None:
        """Begin at zero."""
        with self._lock:
            self._counts = {}


own_counts = OwnCounts()


def rate_take(what: str, who: object, *, a_minute: int) -> None:
    """Count one more of `what` done by `who`. Raises TooOften once it was more than `a_minute` in this minute."""
    now = int(time())
    if _counted(f"rate:{what}:{who}", now // MINUTE) > a_minute:
        raise TooOften(MINUTE - now % MINUTE)


def _counted(key: str, minute: int) -> int:
    try:
        cache.add(f"{key}:{minute}", 0, 2 * MINUTE)
        return int(cache.incr(f"{key}:{minute}"))
    except (RedisError, ValueError) as error:  # the latter: it was emptied between the two
        logger.warning("the cache is away, so this process counts for itself: %s", type(error).__name__)
        return own_counts.one_more(key, minute)
