"""A sign of life for whoever watches the watcher: an address that is asked each minute while results really come.

It stops when they do not, and that is the alarm: a hub that is not well cannot be relied on to say so.
"""

import logging
from collections.abc import Mapping
from functools import lru_cache
from time import time
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import DatabaseError

from virtadmin.collector import memory
from virtadmin.core.failing import reason
from virtadmin.core.http import Client, HttpFailure
from virtadmin.operations.rounds import idle_judge, results_known, shortest_intervals, tick_judge

logger = logging.getLogger(__name__)
SECONDS = 10.0


def heartbeat(*, now: float | None = None) -> bool:
    """Ask `HEARTBEAT_URL` if the hub does its work; whether it did. The address is a secret, and in no log."""
    if not settings.HEARTBEAT_URL:
        return False
    trouble = _trouble(time() if now is None else now)
    if trouble:
        logger.error("no heartbeat: %s", trouble)
        return False
    host = urlsplit(settings.HEARTBEAT_URL).hostname
    try:
        answer = _client(settings.HEARTBEAT_URL).get("", seconds=SECONDS)
    except HttpFailure as failure:
        logger.warning("the heartbeat did not arrive: %s", failure)
        return False
    if answer.status >= 300:
        logger.warning("the heartbeat was answered with %s by %s", answer.status, host)
    return answer.status < 300


def _trouble(now: float) -> str:
    try:
        last, known, shortest = memory.tick_last(), results_known(), shortest_intervals(now)
    except DatabaseError as error:
        return f"the database fails ({reason(error)})"
    except redis.RedisError as error:
        return f"Valkey is away ({type(error).__name__})"
    return trouble_judge(last, known, shortest, now)


def trouble_judge(tick: float | None, known: Mapping[str, float], shortest: Mapping[str, int], now: float) -> str:
    """What is wrong with a hub whose last tick and results (`idle_judge`) were then; "" if it does its work. Pure."""
    if not tick_judge(None if tick is None else now - tick):
        return "the timetable is not kept"
    idle = idle_judge(known, shortest, now)
    return f"no results of {' and '.join(idle)} are saved" if idle else ""


@lru_cache(maxsize=1)
def _client(url: str) -> Client:
    return Client(url)
