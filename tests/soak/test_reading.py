"""What the harness reads from logs and from the times at which emails came."""

import json
from pathlib import Path

import pytest

from tests.soak.checks import _broken_off
from tests.soak.clocks import JUMP
from tests.soak.logs import SLACK, Was, explained, newest, tracebacks

TRACE = "Traceback (most recent call last):\n  File …\nredis.exceptions.ConnectionError: refused"
NOON = 1_790_000_000.0


def line(at: str, **fields: str) -> str:
    return json.dumps({"time": f"2026-09-21T{at}+00:00", "level": "ERROR", **fields})


def test_tracebacks_are_found_in_lines_and_between_them(tmp_path: Path) -> None:
    log = tmp_path / "worker-one.log"
    log.write_text("\n".join([line("14:13:20", message="well"), TRACE, line("14:13:21", message="no", exc_info=TRACE)]))
    loose, logged = tracebacks(log)
    assert (loose.part, loose.at, logged.at) == ("worker-one", NOON, NOON + 1)
    assert loose.error == logged.error == "redis.exceptions.ConnectionError: refused"


def test_a_log_that_ends_in_one_or_was_broken_off_by_a_full_disk_is_read_too(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    broken = line("14:13:21", message=TRACE)[:-2]
    log.write_text(f"{broken}\n{TRACE}")
    assert [found.at for found in tracebacks(log)] == [NOON + 1, NOON + 1]
    log.write_text(TRACE)
    assert [found.at for found in tracebacks(log, since=NOON)] == [NOON]


@pytest.mark.parametrize(
    ("fault", "after", "is_so"),
    [
        ("broker away", 0, True),
        ("broker away", 10 + SLACK, True),
        ("broker away", 11 + SLACK, False),
        ("broker away", -1, False),
        ("disk full", 0, False),
        ("kill web", 0, False),
    ],
)
def test_a_fault_explains_its_own_errors_in_its_own_time(tmp_path: Path, fault: str, after: float, is_so: bool) -> None:
    log = tmp_path / "beat.log"
    log.write_text(TRACE)
    [found] = tracebacks(log, since=NOON + after)
    assert explained(found, [Was(fault, NOON, NOON + 10)]) == is_so


@pytest.mark.parametrize(
    ("target", "at", "is_so"),
    [
        ("worker-one +3600", 3605, True),
        ("hub +3600", 3605, True),
        ("beat +3600", 3605, False),
        ("hub -900", 3605, False),
        ("hub +3600", 3605 + SLACK, False),
    ],
)
def test_a_fault_explains_what_is_dated_by_a_wrong_clock(tmp_path: Path, target: str, at: float, is_so: bool) -> None:
    log = tmp_path / "worker-one.log"
    log.write_text(TRACE)
    [found] = tracebacks(log, since=NOON + at)
    jumped = Was(JUMP, NOON, NOON + 20, (target,))
    assert explained(found, [Was("broker away", NOON, NOON + 10), jumped]) == is_so


def test_of_a_log_the_newest_that_is_no_mere_news_is_shown(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text(
        "\n".join([*(line("14:13:20", message=f"no {n}") for n in range(30)), line("14:13:21", level="INFO")])
    )
    shown = newest(log, lines=2, width=60)
    assert len(shown) == 2
    assert all(" … " in one and len(one) == 63 for one in shown)


@pytest.mark.parametrize(
    ("times", "fault", "is_so"),
    [
        ([5, 130], "kill a worker", True),
        ([5, 130], "kill web", False),
        ([50, 130], "kill a worker", False),
        ([5, 50, 130], "kill a worker", False),
    ],
)
def test_a_second_email_needs_a_fault_at_the_time_of_the_first(times: list[float], fault: str, is_so: bool) -> None:
    assert _broken_off(times, [Was(fault, 0, 10)]) == is_so
