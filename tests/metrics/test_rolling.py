"""Rolling up: exact whatever comes in whatever order, and whenever it is broken off."""

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from virtadmin.metrics.models import LatePoint, RawPoint, RolledPoint, RollProgress
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.packing import unpack
from virtadmin.metrics.series import Key, mount_key, scale
from virtadmin.metrics.sql import roll as rolling
from virtadmin.metrics.stores.sql import SqlStore
from virtadmin.metrics.summary import Summary, summary
from virtadmin.metrics.tiers import DAY, HOUR, MINUTE, RAW_KEEP, TIERS

pytestmark = pytest.mark.django_db
START = 20_000 * DAY
Kept = dict[tuple[int, int], dict[str, float]]
"""By subject and second."""


class World:
    """A store, its clock, and everything it was given in time."""

    def __init__(self) -> None:
        self.now = float(START)
        self.store = SqlStore(clock=lambda: self.now)
        self.kept: Kept = {}
        self.refused = 0

    def write(self, *rows: tuple[int, int, dict[str, float]]) -> None:
        """Each (subject, age in seconds, values); a value of a path is that of a mount."""
        seen = [(subject, int(self.now) - age, values) for subject, age, values in rows]
        self.store.write((subject, observed(time, values)) for subject, time, values in seen)
        for subject, time, values in seen:
            if time >= self.now - RAW_KEEP:
                self.kept.setdefault((subject, time), values)
            else:
                self.refused += 1

    def roll(self) -> None:
        self.store.roll(self.now)

    def check(self) -> None:
        """What is rolled up is what it would be if it were computed of everything at once."""
        assert rolled() == from_scratch(self.kept, until=int(self.now // 300) * 300)
        assert self.store.dropped == self.refused
        assert not LatePoint.objects.exists()


def observed(time: int, values: dict[str, float]) -> Observation:
    mounts = [{"mount": path, "used": used} for path, used in values.items() if path[0] == "/"]
    return Observation(time, values, {"mounts": mounts} if mounts else {})


def rolled() -> dict[tuple[int, int, int], tuple[int, dict[Key, Summary]]]:
    """All rolled points by subject, step and start."""
    steps = {tier.number: tier.step for tier in TIERS}
    rows = RolledPoint.objects.values_list("subject", "tier", "bucket", "data")
    return {(subject, steps[tier], bucket * steps[tier]): unpack(data) for subject, tier, bucket, data in rows}


def from_scratch(kept: Kept, until: int) -> dict[tuple[int, int, int], tuple[int, dict[Key, Summary]]]:
    found: dict[Any, list[dict[str, float]]] = defaultdict(list)
    for (subject, time), values in kept.items():
        for tier in TIERS:
            begin = time // tier.step * tier.step
            if begin + tier.step <= until:
                found[subject, tier.step, begin].append(values)
    return {place: (len(some), summed(some)) for place, some in found.items()}


def summed(some: list[dict[str, float]]) -> dict[Key, Summary]:
    by_name: dict[str, list[float]] = defaultdict(list)
    for values in some:
        for name, value in values.items():
            by_name[name].append(value)
    keys: dict[str, Key] = {name: mount_key(name) if name[0] == "/" else name for name in by_name}
    return {keys[name]: summary([round(value * scale(keys[name])) for value in by_name[name]]) for name in by_name}


VALUES = st.dictionaries(
    st.sampled_from(["cpu_usage", "network_usage_in", "uptime", "/", "/var"]),
    st.integers(0, 10**7).map(lambda n: n / 1000),
)
AGES = st.integers(0, 100) | st.integers(0, 2 * HOUR) | st.integers(0, 50 * HOUR)
STEPS = st.one_of(
    st.tuples(st.just("write"), st.lists(st.tuples(st.integers(1, 3), AGES, VALUES), min_size=1, max_size=6)),
    st.tuples(st.just("wait"), st.integers(1, 600) | st.integers(1, 30 * HOUR)),
    st.tuples(st.just("roll"), st.none()),
    st.tuples(st.just("prune"), st.none()),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, max_size=15))
def test_any_order_of_late_missing_and_double_samples_gives_what_computing_from_scratch_gives(
    db: None, steps: Any
) -> None:
    for model in (RawPoint, RolledPoint, LatePoint, RollProgress):
        model._default_manager.all().delete()
    world = World()
    for step, given_ in steps:
        if step == "write":
            world.write(*given_)
        elif step == "wait":
            world.now += given_
        elif step == "roll":
            world.roll()
        else:
            world.store.prune(world.now)
    world.now += DAY
    world.roll()
    world.check()
    world.roll()
    world.check()


def a_day(world: World) -> None:
    for minute in range(0, 24 * 60, 7):
        world.now = START + minute * MINUTE
        world.write((1, 0, {"cpu_usage": minute % 97, "/": 5.0}), (2, 3, {"load1": 1.5}))
        world.roll()


def test_what_is_broken_off_is_done_by_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    for minute in range(180):
        world.write(*((subject, 60 * minute, {"cpu_usage": subject + minute}) for subject in range(1, 4)))
    monkeypatch.setattr(rolling, "BATCH", 1)
    left = 4
    write = rolling.rolled_write

    def failing(rows: Any) -> None:
        nonlocal left
        left -= 1
        if not left % 5:
            raise OSError("the disk is full")
        write(rows)

    monkeypatch.setattr(rolling, "rolled_write", failing)
    world.now += HOUR
    for _ in range(4):
        with pytest.raises(OSError, match="full"):
            world.roll()
    monkeypatch.setattr(rolling, "rolled_write", write)
    world.roll()
    world.check()


def test_a_day_of_samples_rolled_as_they_come_is_exact_to_the_day() -> None:
    world = World()
    a_day(world)
    world.now = START + DAY + 1
    world.roll()
    world.check()
    assert rolled()[1, DAY, START][0] == 206


def test_a_hub_that_was_off_for_weeks_goes_on_where_it_was() -> None:
    world = World()
    world.write((1, 0, {"cpu_usage": 5}))
    world.roll()
    world.now += 21 * DAY
    world.store.prune(world.now)
    world.write((1, 0, {"cpu_usage": 7}))
    world.now += DAY
    world.roll()
    world.check()


def test_a_clock_that_jumped_ahead_and_back_loses_nothing() -> None:
    world = World()
    world.write((1, 0, {"cpu_usage": 5}))
    world.now += 30 * HOUR
    world.write((1, 0, {"cpu_usage": 6}))
    world.roll()
    world.now -= 30 * HOUR - 30
    world.write((1, 0, {"cpu_usage": 7}))
    for _ in range(2 * 24 * 6):
        world.now += 600
        world.write((1, 0, {"cpu_usage": 8}))
        world.roll()
    world.check()


def test_values_that_are_none_are_left_out(db: None) -> None:
    world = World()
    world.write((1, 0, {"cpu_usage": 1e300, "load1": 1.0}))
    world.now += HOUR
    world.roll()
    assert rolled()[1, 300, START] == (1, {"load1": summary([100])})


def test_old_tiers_go_and_raw_points_stay_until_they_are_rolled_up() -> None:
    world = World()
    world.write((1, 0, {"cpu_usage": 5}))
    world.now += 50 * HOUR
    assert world.store.prune(world.now) == 0
    world.roll()
    assert world.store.prune(world.now) == 1
    assert len(rolled()) == 3
    for days, left in ((13, 3), (15, 2), (454, 2), (457, 1), (5 * 365, 1), (5 * 365 + 3, 0)):
        world.store.prune(START + days * DAY)
        assert len(rolled()) == left, days
