"""The keeper of the timetable."""

from datetime import UTC, datetime, timedelta

import time_machine
from celery import Celery

from virtadmin.running.quiet_beat import QuietScheduler

START = datetime(2026, 11, 26, 12, 0, 0, 700_000, tzinfo=UTC)


def test_it_looks_once_for_each_task_and_once_before_each_pause() -> None:
    app = Celery("timetable", broker="memory://")
    app.conf.beat_schedule = {
        "often": {"task": "often", "schedule": 5.0},
        "seldom": {"task": "seldom", "schedule": 20.0},
    }
    pauses = []
    with time_machine.travel(START, tick=False) as clock:
        scheduler = QuietScheduler(app)
        while len(pauses) < 1000 and datetime.now(UTC) < START + timedelta(seconds=61):
            pauses.append(scheduler.tick())
            clock.shift(pauses[-1])
    sent = {name: entry.total_run_count for name, entry in scheduler.schedule.items()}
    assert (sent["often"], sent["seldom"]) == (12, 3)
    assert sum(pause > 0 for pause in pauses) <= 13, "after a pause something is due"
    assert len(pauses) <= 15 + 13
