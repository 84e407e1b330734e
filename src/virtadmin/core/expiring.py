"""Many values that are kept in Valkey for a while."""

from collections.abc import Mapping

from virtadmin.core import bus

SAVE = "for place, key in ipairs(KEYS) do redis.call('SET', key, ARGV[place + 1], 'EX', ARGV[1]) end"
"""One request for any number of values: a pipeline of SETs costs the client several times as much."""


def save_all(values: Mapping[bytes, bytes], seconds: int) -> None:
    """Keep the values for so long, from now on. Raises redis.RedisError."""
    if values:
        bus.connection().eval(SAVE, len(values), *values.keys(), seconds, *values.values())
