"""What is full soon is told once, and again when it is not any more."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from virtadmin.accounts.models import User
from virtadmin.alerting import tasks
from virtadmin.alerting.evaluation import Change
from virtadmin.alerting.forecasts.incidents import forecasts_judge
from virtadmin.alerting.forecasts.outlook import CLOSES_OVER, OPENS_UNDER, Outlook, decide, hours_left, subjects
from virtadmin.alerting.models import Incident
from virtadmin.metrics.errors import HistoryAway
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.stores.sql import SqlStore
from virtadmin.metrics.tiers import DAY, HOUR
from virtadmin.notifications.models import Notification
from virtadmin.notifications.rendering import html, text, title
from virtadmin.servers.models import Server, ServerState
from virtadmin.servers.services import server_update

NOW = 20_600 * DAY
Grow = Callable[..., None]
hours = st.none() | st.floats(0, 100, allow_nan=False)


def mount(path: str, used: float, **more: Any) -> dict[str, Any]:
    """A mount of 100 GiB."""
    return {"mount": path, "used": used, "available": 100 - used, "read_only": False, **more}


@pytest.fixture
def store(db: None, monkeypatch: pytest.MonkeyPatch) -> SqlStore:
    """An empty history whose clock stands at NOW."""
    store = SqlStore()
    monkeypatch.setattr("virtadmin.alerting.forecasts.outlook.history", lambda: store)
    return store


@pytest.fixture
def grow(server: Server, store: SqlStore, valkey: object) -> Grow:
    """Writes a history that ends now with so much in use of / and of memory, and as much more each hour."""

    def write(disk: float, by: float, *, memory: float = 20.0, by_memory: float = 0.0) -> None:
        store.forget(server.pk)
        for ago in range(100, -1, -1):
            store.clock = lambda at=NOW - ago * HOUR: at  # type: ignore[misc]
            mounts = [mount("/", max(0.0, disk - by * ago)), mount("/x", 3.0)]
            seen = Observation(store.clock(), {"ram_usage": memory - by_memory * ago}, {"mounts": mounts})
            store.write([(server.pk, seen)])
            if not ago % 20:
                store.roll(store.clock())
        known = {"hdd_usage": disk, "ram_usage": memory, "metrics": seen.as_json(), "status": ServerState.Status.UP}
        ServerState.objects.update_or_create(server=server, defaults=known)

    return write


def judged(kind: str = "disk_forecast", *, after: float = 0) -> list[str]:
    """Look ahead for every server, seconds after NOW; what of this kind is then open."""
    forecasts_judge(now=NOW + after, slices=1)
    return [row.place for row in Incident.objects.filter(kind=kind, open_key__isnull=False)]


@settings(deadline=None)
@given(st.lists(hours))
def test_whatever_the_outlook_openings_and_closings_alternate(given_hours: list[float | None]) -> None:
    is_open = False
    for left in given_hours:
        change = decide(is_open, Outlook(left)).change
        assert change in ((Change.NONE, Change.CLOSE) if is_open else (Change.NONE, Change.OPEN))
        is_open = is_open if change == Change.NONE else change == Change.OPEN
        assert is_open or left is None or left > OPENS_UNDER
        assert not is_open or (left is not None and left <= CLOSES_OVER)


@settings(deadline=None)
@given(st.floats(0.1, 5), st.floats(0, 60), st.floats(1, 100), st.floats(0, 1))
def test_a_straight_line_is_drawn_on_to_the_end_from_what_is_in_use_now(
    slope: float, start: float, ahead: float, gone: float
) -> None:
    points = [(n * HOUR, start + slope * n) for n in range(80)]
    newest = points[-1][1]
    size, used = newest + slope * ahead, newest + slope * ahead * gone
    assert hours_left(points, size, used, DAY) == pytest.approx(ahead * (1 - gone), abs=1e-6)
    assert hours_left(points, newest - 0.01, used, DAY) == 0.0
    assert hours_left(points, newest + slope * 1000, used, DAY) is None
    assert hours_left(points[:10], size, used, DAY) is None
    assert hours_left([], size, used, DAY) is None


def test_read_only_mounts_and_those_of_unknown_size_do_not_fill_up() -> None:
    mounts = [
        mount("/", 50.0),
        mount("/rom", 50.0, read_only=True),
        {**mount("/odd", 0), "used": None, "available": None},
    ]
    found = list(subjects({"cpu_usage": 1.0}, {"mounts": mounts}))
    assert [(one.place, one.percent) for one in found] == [("/", 50.0)]


def test_a_disk_that_fills_within_a_day_is_told_once_and_again_when_it_does_not(
    grow: Grow, alice: User, server: Server
) -> None:
    grow(88, 0.5)
    assert judged() == ["/"]
    assert judged() == ["/"]
    told = Notification.objects.get(recipient=alice)
    assert (told.title, told.level, told.thread[:9]) == ("web1: / is full in about 24 hours", "warning", "incident-")
    grow(83, 0.5)
    assert judged() == ["/"]
    grow(80, 0.5)
    assert judged(after=60) == []
    over = Incident.objects.get()
    assert (over.ending, over.value) == ("recovered", 40.0)
    assert Notification.objects.latest("pk").title == "Recovered: web1: / is not full soon any more"
    grow(88, 0.5)
    assert judged() == ["/"]
    assert Incident.objects.count() == 2


def test_what_does_not_grow_or_grows_slowly_is_not_told(grow: Grow) -> None:
    for disk, by in ((99, 0.0), (90, 0.1), (45, 5.0)):
        grow(disk, by)
        assert judged() == []


def test_a_log_that_runs_away_is_seen_within_hours_once_the_disk_is_nearly_full(grow: Grow, store: SqlStore) -> None:
    grow(60, 0.0)
    server = Server.objects.get()
    for minutes in range(180, -1, -5):
        used = 90 - minutes / 18
        seen = Observation(NOW - minutes * 60, {"ram_usage": 20.0}, {"mounts": [mount("/", used)]})
        store.write([(server.pk, seen)])
    ServerState.objects.update(hdd_usage=90.0, metrics=seen.as_json())
    assert judged() == ["/"]
    assert Incident.objects.get().value == pytest.approx(3, abs=0.2)


def test_memory_is_foretold_too(grow: Grow, alice: User) -> None:
    grow(20, 0.0, memory=90.0, by_memory=0.6)
    assert judged("ram_forecast") == [""]
    assert Notification.objects.get(recipient=alice).title == "web1: memory is full in about 17 hours"
    grow(20, 0.0, memory=40.0)
    assert judged("ram_forecast") == []


def test_lost_and_paused_servers_and_a_history_that_is_away_change_nothing(
    grow: Grow, alice: User, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(88, 0.5)
    judged()
    grow(10, 0.0)
    ServerState.objects.update(status=ServerState.Status.DOWN)
    assert judged() == ["/"]
    ServerState.objects.update(status=ServerState.Status.UP)

    def away() -> None:
        raise HistoryAway("It is away.")

    with monkeypatch.context() as patched:
        patched.setattr("virtadmin.alerting.forecasts.outlook.history", away)
        ServerState.objects.update(hdd_usage=90.0, metrics={"values": {}, "details": {"mounts": [mount("/", 90.0)]}})
        assert judged() == ["/"]
    server_update(server=server, actor=alice, metrics_enabled=["cpu_usage"])
    assert Incident.objects.get().ending == "not_measured"
    grow(88, 0.5)
    assert judged() == []


def test_each_server_has_its_minute_in_the_hour(grow: Grow, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(88, 0.5)
    looked = [forecasts_judge(now=NOW + minute * 60) for minute in range(60)]
    assert [minute for minute, count in enumerate(looked) if count] == [server.pk % 60]
    monkeypatch.setattr("virtadmin.alerting.tasks.time.time", lambda: NOW + server.pk % 60 * 60.0)
    tasks.forecast()
    assert Incident.objects.count() == 1


def test_its_messages_are_plain_sentences() -> None:
    facts = {
        "name": "web1",
        "address": "192.0.2.1",
        "place": "/var",
        "hours": 8.6,
        "since": "2026-11-22T12:00:00+00:00",
    }
    facts |= {"server": 1, "seconds": 7200}
    assert text("forecast", facts) == (
        "/var of web1 (192.0.2.1) is full in about 9 hours if it goes on growing as it does.\n\n"
        "Seen: 22 Nov 2026 12:00:00 UTC\nServer: http://127.0.0.1:8000/servers/1/\n\n"
        "test-hub tells you when it is not expected any more.\n"
    )
    assert title("forecast", {**facts, "place": "", "hours": 0.3}) == "web1: memory is full in less than an hour"
    assert text("forecast_over", {**facts, "hours": 99.0}) == (
        "/var of web1 (192.0.2.1) lasts about 4 days again.\n\n"
        "It was expected to be full within a day from 22 Nov 2026 12:00:00 UTC for 2 h.\n"
        "Server: http://127.0.0.1:8000/servers/1/\n"
    )
    assert "does not fill up any more" in text("forecast_over", {**facts, "hours": None})
    for kind in ("forecast", "forecast_over"):
        shown = html(kind, "title", {**facts, "name": "<b>web1</b>", "place": "/<i>"})
        assert "&lt;b&gt;web1" in shown
        assert "/&lt;i&gt;" in shown
