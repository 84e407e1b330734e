"""The contract of history stores, held over every one that is registered."""

import time
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from django.conf import settings

from tests.metrics.conftest import Victoria
from virtadmin.config.celery import app
from virtadmin.metrics import tasks
from virtadmin.metrics.models import LatePoint, RolledPoint
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.series import HISTORY, WEBSITE_HISTORY, website_subject
from virtadmin.metrics.store import STORES, HistoryStore, history
from virtadmin.metrics.stores.sql import SqlStore
from virtadmin.metrics.stores.victoriametrics import VictoriaMetricsStore

START = int(time.time()) // 3600 * 3600 - 6 * 3600
"""A few hours ago: a store need not keep what is older than it keeps single values, or still to come."""
EVERYTHING = {name: float(number) for number, name in enumerate(HISTORY)}


@pytest.fixture(params=STORES.names())
def store(request: pytest.FixtureRequest, db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[HistoryStore]:
    """Each store, empty."""
    found = STORES[request.param]
    if isinstance(found, VictoriaMetricsStore):
        found = _visible_at_once(request.getfixturevalue("victoria"), monkeypatch)
    yield found
    for subject in (1, 2, 3, -1, -2):
        found.forget(subject)
    if isinstance(found, VictoriaMetricsStore):
        found.close()


def _visible_at_once(victoria: Victoria, monkeypatch: pytest.MonkeyPatch) -> VictoriaMetricsStore:
    """The store of the running server, whose `write` waits until what it wrote can be read."""
    monkeypatch.setattr(settings, "HISTORY_URL", victoria.url)
    store = VictoriaMetricsStore()
    write = store.write

    def written(rows: Iterable[tuple[int, Observation]]) -> None:
        write(rows)
        assert store.outbox.flush(10)
        victoria.settle()

    monkeypatch.setattr(store, "write", written)
    return store


def seen(after: float, **values: float) -> Observation:
    """An observation at that many seconds from the start."""
    return Observation(START + after, values, {})


def everything(store: HistoryStore, subject: int, metric: str = "cpu_usage") -> list[tuple[int, float]]:
    """All its points of the metric, seconds from the start."""
    return [(time - START, value) for time, value in store.raw(subject, metric, START, START + 10**6)]


def test_what_is_written_is_read_back_metric_by_metric(store: HistoryStore) -> None:
    store.write([(1, Observation(START, EVERYTHING, {}))])
    for name, value in EVERYTHING.items():
        assert everything(store, 1, name) == [(0, value)]


def test_points_are_of_one_subject_in_order_of_time(store: HistoryStore) -> None:
    store.write([(1, seen(60.7, cpu_usage=2.5)), (1, seen(0, cpu_usage=1.5)), (2, seen(30, cpu_usage=9))])
    store.write((subject, seen(90, cpu_usage=3)) for subject in (1, 2))
    assert everything(store, 1) == [(0, 1.5), (60, 2.5), (90, 3.0)]
    assert everything(store, 2) == [(30, 9.0), (90, 3.0)]


def test_both_ends_of_a_range_belong_to_it(store: HistoryStore) -> None:
    store.write((1, seen(time, load1=time)) for time in range(5))
    assert [value for _, value in store.raw(1, "load1", START + 1, START + 3)] == [1, 2, 3]
    assert [value for _, value in store.raw(1, "load1", START + 0.5, START + 2.5)] == [1, 2]


def test_a_range_has_means_and_peaks_and_gaps_stay_gaps(store: HistoryStore) -> None:
    store.write((1, seen(time, cpu_usage=90.0 if time == 300 else 10.0)) for time in [*range(0, 600, 10), 1800])
    found = store.range(1, "cpu_usage", START, START + 2000, 20)
    assert [(point.time - START) // 100 for point in found] == [0, 1, 2, 3, 4, 5, 18]
    assert [(point.low, point.high) for point in found] == [(10.0, 90.0 if n == 3 else 10.0) for n in range(7)]
    assert [point.mean for point in found] == [10, 10, 10, 18, 10, 10, 10]
    assert store.range(2, "cpu_usage", START, START + 2000, 20) == []
    with pytest.raises(KeyError):
        store.range(1, "ram_total", START, START + 1, 10)


def test_the_trends_of_many_are_means_of_five_minutes_with_their_gaps(store: HistoryStore) -> None:
    store.write((1, seen(time, cpu_usage=10.0 + time // 300)) for time in [*range(10, 600, 60), *range(910, 1200, 60)])
    store.write((2, seen(time, cpu_usage=50.0)) for time in range(310, 600, 60))
    store.write([(3, seen(310, ram_usage=7.0)), (-1, seen(310, response_time=120.0))])
    store.roll(START + 7200)
    found = store.trends([1, 2, 3], "cpu_usage", START, START + 1200)
    assert {subject: [(time - START, value) for time, value in points] for subject, points in found.items()} == {
        1: [(0, 10.0), (300, 11.0), (900, 13.0)],
        2: [(300, 50.0)],
    }
    assert store.trends([1], "cpu_usage", START + 1, START + 600) == {1: [(START + 300, 11.0)]}
    assert store.trends([-1, 1], "response_time", START, START + 1200) == {-1: [(START + 300, 120.0)]}
    assert store.trends([], "cpu_usage", START, START + 600) == {}
    assert store.trends([1], "cpu_usage", START, START) == {}
    with pytest.raises(KeyError):
        store.trends([1], "ram_total", START, START + 600)


def test_the_use_of_each_mount_is_kept(store: HistoryStore) -> None:
    mounts = [{"mount": "/", "used": 7.25}, {"mount": '/srv/a "b" \\ é', "used": 3.0}, {"mount": "/x", "used": None}]
    store.write([(1, Observation(START, {}, {"mounts": mounts})), (1, seen(60, cpu_usage=5))])
    assert everything(store, 1, "mount:/") == [(0, 7.25)]
    assert everything(store, 1, 'mount:/srv/a "b" \\ é') == [(0, 3.0)]
    assert everything(store, 1, "mount:/x") == everything(store, 1, "mount:/none") == []
    assert [point.mean for point in store.range(1, "mount:/", START, START + 60, 10)] == [7.25]


def test_an_unknown_value_is_a_gap_and_a_zero_is_not(store: HistoryStore) -> None:
    store.write([(1, seen(0, cpu_usage=0.0)), (1, seen(60, ram_usage=5)), (1, seen(120, cpu_usage=7))])
    assert everything(store, 1) == [(0, 0.0), (120, 7.0)]
    assert everything(store, 1, "ram_usage") == [(60, 5.0)]


def test_of_two_of_one_second_one_stays(store: HistoryStore) -> None:
    store.write([(1, seen(0, cpu_usage=1))])
    store.write([(1, seen(0.4, cpu_usage=2)), (1, seen(60, cpu_usage=3)), (1, seen(60, cpu_usage=3))])
    first, second = everything(store, 1)
    assert first in ((0, 1.0), (0, 2.0))
    assert second == (60, 3.0)


def test_nothing_to_write_is_no_error(store: HistoryStore) -> None:
    store.write([])
    assert everything(store, 1) == []


def test_metrics_without_a_history_are_not_kept(store: HistoryStore) -> None:
    store.write([(1, seen(0, ram_total=512, nonsense=1))])
    assert everything(store, 1) == []
    for name in ("ram_total", "nonsense", "id"):
        with pytest.raises(KeyError):
            store.raw(1, name, START, START + 1)


def test_many_rows_at_once(store: HistoryStore) -> None:
    store.write((1, Observation(START + time, EVERYTHING, {})) for time in range(2500))
    assert len(everything(store, 1, "uptime")) == 2500


def test_a_forgotten_subject_is_gone_and_others_are_not(store: HistoryStore) -> None:
    store.write((subject, seen(0, cpu_usage=1)) for subject in (1, 2))
    store.forget(1)
    store.forget(3)
    assert (everything(store, 1), everything(store, 2)) == ([], [(0, 1.0)])


def test_a_website_and_the_server_of_its_number_have_nothing_in_common(store: HistoryStore) -> None:
    of_server, of_website = seen(0, cpu_usage=1.0), seen(0, response_time=12.5, availability=100.0, cpu_usage=9.0)
    store.write([(1, of_server), (website_subject(1), of_website), (-2, seen(60, availability=0.0))])
    assert everything(store, 1) == [(0, 1.0)]
    assert {name: everything(store, -1, name) for name in WEBSITE_HISTORY} == {
        "response_time": [(0, 12.5)], "availability": [(0, 100.0)]
    }  # fmt: skip
    assert everything(store, -1) == everything(store, 1, "availability") == []
    [point] = store.range(-2, "availability", START, START + 600, 10)
    assert (point.mean, point.low, point.high) == (0.0, 0.0, 0.0)
    store.forget(-1)
    assert (everything(store, -1, "availability"), everything(store, 1)) == ([], [(0, 1.0)])
    assert everything(store, -2, "availability") == [(60, 0.0)]


def test_the_past_of_a_website_is_thinned_with_its_peaks(store: HistoryStore) -> None:
    times = {after: 900.0 if after == 300 else 20.5 for after in range(0, 600, 10)}
    store.write((-1, seen(after, response_time=ms, availability=100.0)) for after, ms in times.items())
    store.roll(START + 3600)
    found = store.range(-1, "response_time", START, START + 600, 6)
    assert [(point.low, point.high) for point in found] == [(20.5, 900.0 if part == 3 else 20.5) for part in range(6)]


class TestSql:
    """What the default store does besides."""

    @pytest.fixture
    def store(self, db: None) -> HistoryStore:
        return SqlStore(clock=lambda: START + 60.0)

    @pytest.mark.parametrize("batch", [1, 2, 100])
    def test_it_deletes_what_is_older_of_every_subject(self, store: SqlStore, batch: int) -> None:
        store.write((subject, seen(time, cpu_usage=time)) for subject in (1, 2, 3) for time in range(0, 3000, 300))
        store.roll(START + 3600)
        assert store.prune(START + 49 * 3600 + 2000, batch) == 18
        assert [len(everything(store, subject)) for subject in (1, 2, 3)] == [4] * 3
        assert store.prune(START + 49 * 3600 + 2000, batch) == 0

    def test_the_past_of_a_website_is_rolled_up_and_its_raw_points_go(self, store: SqlStore) -> None:
        store.write((-7, seen(time, response_time=time / 10, availability=100.0)) for time in range(0, 3000, 300))
        store.roll(START + 3600)
        assert store.prune(START + 49 * 3600 + 6000) == 10
        store.clock = lambda: START + 20 * 86400.0
        [hour] = store.range(-7, "response_time", START, START + 3600, 100)
        assert (hour.time, hour.mean, hour.low, hour.high) == (START, 135.0, 0.0, 270.0)

    def test_what_was_written_first_stays(self, store: SqlStore) -> None:
        store.write([(1, seen(0, cpu_usage=1))])
        store.write([(1, seen(0.4, cpu_usage=2))])
        assert everything(store, 1) == [(0, 1.0)]

    def test_what_comes_too_late_is_dropped_and_counted(
        self, store: SqlStore, caplog: pytest.LogCaptureFixture
    ) -> None:
        store.write((1, seen(age, cpu_usage=1)) for age in (-48 * 3600, 59 - 48 * 3600, 60 - 48 * 3600))
        assert store.dropped == 2
        assert "2 observations came over 48 hours late and are dropped (2 so far)" in caplog.text
        assert LatePoint.objects.count() == 1

    def test_the_past_is_read_of_the_finest_tier_that_has_it(self, db: None) -> None:
        now = START // 86400 * 86400 + 40_000
        store = SqlStore(clock=lambda: now)
        store.write((1, Observation(now - age, {"cpu_usage": float(age % 7)}, {})) for age in range(0, 47 * 3600, 60))
        store.roll(now)
        for days, step in ((1, 60), (3, 300), (20, 3600), (500, 86400)):
            points = store.range(1, "cpu_usage", now - days * 86400, now, 5000)
            assert {late.time - early.time for early, late in pairwise(points)} >= {step}
            assert (min(point.low for point in points), max(point.high for point in points)) == (0.0, 6.0)
            assert points[-1].time == now

    def test_every_database_statement_is_for_many_rows(
        self, store: SqlStore, django_assert_max_num_queries: Any
    ) -> None:
        store.write((subject, seen(time, load1=1)) for subject in range(1, 41) for time in range(0, 3600, 60))
        with django_assert_max_num_queries(2 * 41 + 40):
            store.roll(START + 3600)


class TestTasks:
    """Celery's doors."""

    @pytest.fixture(autouse=True)
    def points(self, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
        history().write([(1, seen(0, cpu_usage=1))])
        monkeypatch.setattr(tasks.time, "time", lambda: START + 50 * 3600.0)

    def test_they_roll_up_and_prune(self) -> None:
        tasks.roll.apply()
        assert RolledPoint.objects.count() == 3
        tasks.prune.apply()
        assert everything(history(), 1) == []

    def test_they_forget(self) -> None:
        tasks.forget.apply((1,))
        assert everything(history(), 1) == []

    def test_they_are_called_by_the_names_the_timetable_has(self) -> None:
        scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
        assert {tasks.roll.name, tasks.prune.name} <= scheduled


def test_the_store_in_use_is_a_registered_one() -> None:
    chosen: Any = history()
    assert STORES[chosen.name] is chosen
