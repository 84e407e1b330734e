"""Windows between rounds, in Valkey."""

from typing import Any

import pytest
import redis

from virtadmin.alerting.window import Window
from virtadmin.alerting.windows import windows_load, windows_save


def one_row() -> Window:
    window = Window()
    window.add(1000.0, {"cpu_usage": 42.0}, interval=60, span=300)
    return window


def test_they_are_kept_and_expire(valkey: redis.Redis) -> None:
    windows_save({7: one_row()})
    found = windows_load([7, 8])
    assert found[7].means(60)[0] == 42
    assert found[8].rows == []
    assert [0 < int(valkey.ttl(key)) <= 7200 for key in valkey.scan_iter()] == [True]


def test_nothing_is_asked_for_no_servers(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1"
    assert windows_load([]) == {}
    windows_save({})


def test_a_valkey_that_is_away_means_not_covered(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1"
    found = windows_load([7])
    assert found[7].rows == []
    windows_save({7: one_row()})
    assert ["read" in line or "kept" in line for line in caplog.messages] == [True, True]
