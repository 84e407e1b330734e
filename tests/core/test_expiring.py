"""Many values that are kept for a while."""

from typing import Any

import pytest
import redis

from virtadmin.core.expiring import save_all


def test_all_are_kept_and_all_expire(valkey: redis.Redis) -> None:
    values = {b"test:%d" % number: b"\x00\xff %d" % number for number in range(1000)}
    save_all(values, 60)
    assert valkey.mget(list(values)) == list(values.values())
    assert all(0 < int(valkey.ttl(key)) <= 60 for key in list(values)[::100])


def test_none_are_no_request(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1"
    save_all({}, 60)
    with pytest.raises(redis.RedisError):
        save_all({b"test": b""}, 60)
