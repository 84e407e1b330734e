"""How often somebody may do what costs others something: counted in the cache, minute by minute, for all processes."""

from time import time

import redis
from django.core.cache import cache

from virtadmin.core.errors import Conflict, TooOften

MINUTE = 60


def rate_take(what: str, who: object, *, a_minute: int) -> None:
    """Count one more of `what` done by `who`. Raises TooOften once it was more than `a_minute` in this minute, Conflict
    where it cannot be counted."""
    now = int(time())
    key = f"rate:{what}:{who}:{now // MINUTE}"
    try:
        cache.add(key, 0, 2 * MINUTE)
        count = cache.incr(key)
    except redis.RedisError:
        raise Conflict("This cannot be done now: the hub's Redis is away.") from None
    if count > a_minute:
        raise TooOften(MINUTE - now % MINUTE)
