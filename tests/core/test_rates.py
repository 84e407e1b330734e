"""Limits by the minute: shared through Valkey, and each process's own while that is away."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from django.core.cache import cache
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.core.errors import TooOften
from virtadmin.core.rates import OwnCounts, rate_take

NOON = "2026-11-26T12:00:10Z"


@pytest.fixture
def no_valkey(tmp_path: Path) -> Iterator[None]:
    """The cache at a socket where nobody listens."""
    backend = "django.core.cache.backends.redis.RedisCache"
    with override_settings(CACHES={"default": {"BACKEND": backend, "LOCATION": f"unix://{tmp_path}/none.sock"}}):
        yield


def taken(times: int, who: object = 1, what: str = "deed") -> int:
    """How many of so many tries, three of which are allowed a minute, were let through."""
    let, waits = 0, []
    for _ in range(times):
        try:
            rate_take(what, who, a_minute=3)
            let += 1
        except TooOften as refusal:
            waits.append(refusal.wait)
    assert all(0 < wait <= 60 for wait in waits)
    return let


@pytest.mark.usefixtures("valkey")
def test_each_has_so_many_of_each_in_each_minute() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert (taken(5), taken(5), taken(5, who=2), taken(5, what="another")) == (3, 0, 3, 3)
        clock.shift(49)
        assert taken(1) == 0
        clock.shift(1)
        assert taken(5) == 3


@pytest.mark.usefixtures("no_valkey")
def test_without_valkey_the_process_counts_for_itself() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert (taken(5), taken(5), taken(5, who=2), taken(5, what="another")) == (3, 0, 3, 3)
        clock.shift(50)
        assert taken(5) == 3


@pytest.mark.usefixtures("valkey")
def test_a_count_that_is_emptied_meanwhile_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "add", lambda *_: False, raising=False)
    with time_machine.travel(NOON, tick=False):
        assert taken(5, what="emptied") == 3


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), max_size=60))
def test_own_counts_are_those_of_the_minute_that_runs(course: list[tuple[str, int]]) -> None:
    counts, minute, seen = OwnCounts(), 0, dict[str, int]()
    for key, later in course:
        if later:
            minute, seen = minute + later, {}
        seen[key] = seen.get(key, 0) + 1
        assert counts.one_more(key, minute) == seen[key]


def test_threads_lose_no_count() -> None:
    counts = OwnCounts()
    threads = [threading.Thread(target=lambda: [counts.one_more("a", 1) for _ in range(500)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts.one_more("a", 1) == 2001
