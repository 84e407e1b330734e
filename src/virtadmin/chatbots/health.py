"""Whether the chatbot is well, for `virtadmin status`: the process that holds the lease says so, now and then."""

from contextlib import suppress

import redis

from virtadmin.core import bus

SAID = "virtadmin:chatbot:said"
SAID_SECONDS = 150
"""Longer than the longest pause of a chatbot in trouble."""


def health_say(trouble: str) -> None:
    """What is wrong with it, in a sentence; "" when it is well. Best effort."""
    with suppress(redis.RedisError):
        bus.connection().set(SAID, trouble, ex=SAID_SECONDS)


def chatbot_trouble() -> str:
    """What is wrong with the chatbot; "" when it is well. Raises redis.RedisError."""
    said = bus.connection().get(SAID)
    return said.decode() if isinstance(said, bytes) else "is not running: start `virtadmin chatbot`"
