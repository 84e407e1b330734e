"""How often somebody may do what costs others something: counted in the cache, minute by minute, for all processes."""

from time import time

from django.core.cache import cache

from virtadmin.core.errors import TooOften

MINUTE = 60


def rate_take(what: str, who: object, *, a_minute: int) -> None:
    """Count one more of `what` done by `who`. Raises TooOften once it was more than `a_minute` in this minute."""
    now = int(time())
    key = f"rate:{what}:{who}:{now // MINUTE}"
    cache.add(key, 0, 2 * MINUTE)
    if cache.incr(key) > a_minute:
        raise TooOften(MINUTE - now % MINUTE)
