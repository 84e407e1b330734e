"""The contract of history stores, held over every one that is registered."""

from collections.abc import Iterator
from typing import Any

import pytest

from virtadmin.metrics import services, tasks
from virtadmin.metrics.models import HISTORY
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.store import STORES, HistoryStore, history

START = 1_800_000_000
EVERYTHING = {name: float(number) for number, name in enumerate(HISTORY)}


@pytest.fixture(params=STORES.names())
def store(request: pytest.FixtureRequest, db: None) -> Iterator[HistoryStore]:
    """Each store, empty."""
    yield STORES[request.param]
    for subject in (1, 2, 3):
        STORES[request.param].forget(subject)


def seen(time: float, **values: float) -> Observation:
    """An observation at that many seconds from the start."""
    return Observation(START + time, values, {})


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


def test_an_unknown_value_is_a_gap_and_a_zero_is_not(store: HistoryStore) -> None:
    store.write([(1, seen(0, cpu_usage=0.0)), (1, seen(60, ram_usage=5)), (1, seen(120, cpu_usage=7))])
    assert everything(store, 1) == [(0, 0.0), (120, 7.0)]
    assert everything(store, 1, "ram_usage") == [(60, 5.0)]


def test_what_was_written_first_stays(store: HistoryStore) -> None:
    store.write([(1, seen(0, cpu_usage=1))])
    store.write([(1, seen(0.4, cpu_usage=2)), (1, seen(60, cpu_usage=3)), (1, seen(60, cpu_usage=4))])
    assert everything(store, 1) == [(0, 1.0), (60, 3.0)]


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


class TestPruning:
    """Only stores that do not let go of old points by themselves."""

    @pytest.fixture
    def store(self, db: None) -> HistoryStore:
        return STORES["sql"]

    @pytest.mark.parametrize("batch", [1, 2, 100])
    def test_it_deletes_what_is_older_of_every_subject(self, store: HistoryStore, batch: int) -> None:
        store.write((subject, seen(time, cpu_usage=time)) for subject in (1, 2, 3) for time in range(10))
        assert store.prune(START + 6.5, batch) == 21
        assert [everything(store, subject) for subject in (1, 2, 3)] == [[(7, 7.0), (8, 8.0), (9, 9.0)]] * 3
        assert store.prune(START + 6.5, batch) == 0

    def test_raw_points_are_kept_for_48_hours(self, store: HistoryStore) -> None:
        store.write((1, seen(time, cpu_usage=1)) for time in (0, 60))
        assert services.history_prune(now=START + 48 * 3600 + 1) == 1
        assert everything(store, 1) == [(60, 1.0)]

    def test_the_task_prunes(self, store: HistoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
        store.write([(1, seen(0, cpu_usage=1))])
        monkeypatch.setattr(tasks.time, "time", lambda: START + 49 * 3600.0)
        tasks.prune.apply()
        assert everything(store, 1) == []

    def test_it_is_called_by_the_name_the_timetable_has(self) -> None:
        assert tasks.prune.name == "metrics.prune"


def test_the_store_in_use_is_a_registered_one() -> None:
    chosen: Any = history()
    assert STORES[chosen.name] is chosen
