"""The timetable: when it sends, how often it looks, and a clock that is put back."""

from datetime import UTC, datetime, timedelta
from itertools import repeat

import time_machine
from celery import Celery
from celery.beat import ScheduleEntry
from celery.schedules import crontab

from virtadmin.running.timetable import Timetable

NOON = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Noting(Timetable):
    """Notes what it would send."""

    def apply_entry(self, entry: ScheduleEntry, producer: object = None) -> None:
        sent.append(entry.name)


sent: list[str] = []


def timetable() -> Noting:
    app = Celery("test", broker="memory://")
    app.conf.beat_schedule = {
        "often": {"task": "often", "schedule": 5.0},
        "hourly": {"task": "hourly", "schedule": crontab(minute="17")},
    }
    return Noting(app)


def run(table: Timetable, clock: time_machine.Traveller, seconds: int) -> list[str]:
    """What is sent in so many seconds."""
    sent.clear()
    for _ in repeat(None, seconds):
        clock.shift(1)
        while table.tick() == 0:
            pass
    return sent.copy()


def test_it_sends_at_the_times_it_is_given() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        table = timetable()
        assert run(table, clock, 60).count("often") in (11, 12)
        assert run(table, clock, 17 * 60).count("hourly") == 1


def test_it_goes_on_at_once_when_the_clock_is_put_back() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        table = timetable()
        run(table, clock, 20)
        clock.shift(HOUR)
        ahead = run(table, clock, 20)
        assert ahead.count("hourly") == 1  # 12:17 is over by this clock
        assert ahead.count("often") <= 5  # and what was missed does not come in a burst
        clock.shift(-HOUR)
        assert run(table, clock, 60).count("often") in (11, 12)
        assert run(table, clock, 17 * 60).count("hourly") == 1


def test_it_goes_on_at_once_when_the_clock_was_ahead_from_the_beginning() -> None:
    with time_machine.travel(NOON + HOUR, tick=False) as clock:
        table = timetable()
        run(table, clock, 3)
        clock.shift(-HOUR)
        assert run(table, clock, 60).count("often") in (11, 12)


def test_it_looks_once_for_each_task_and_once_before_each_pause() -> None:
    app = Celery("timetable", broker="memory://")
    app.conf.beat_schedule = {
        "often": {"task": "often", "schedule": 5.0},
        "seldom": {"task": "seldom", "schedule": 20.0},
    }
    start, pauses = NOON + timedelta(milliseconds=700), []
    with time_machine.travel(start, tick=False) as clock:
        table = Timetable(app)
        while len(pauses) < 1000 and datetime.now(UTC) < start + timedelta(seconds=61):
            pauses.append(table.tick())
            clock.shift(pauses[-1])
    runs = {name: entry.total_run_count for name, entry in table.schedule.items()}
    assert (runs["often"], runs["seldom"]) == (12, 3)
    assert sum(pause > 0 for pause in pauses) <= 13, "after a pause something is due"
    assert len(pauses) <= 15 + 13
