"""Which channels a message takes and from when on, for any settings, time and zone."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from virtadmin.notifications.routing import LEVELS, Rule, due, is_quiet, routes, severity_of

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [BERLIN, *map(ZoneInfo, ("UTC", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata", "America/Havana"))]
TAGS = st.frozensets(st.integers(1, 4), max_size=3)
MINUTES = st.builds(time, st.integers(0, 23), st.integers(0, 59))
RULES = st.builds(
    Rule,
    channel=st.integers(1, 9),
    level=st.sampled_from(LEVELS),
    zone=st.sampled_from(ZONES),
    tags=TAGS,
    quiet_from=st.none() | MINUTES,
    quiet_until=st.none() | MINUTES,
    quiet_critical=st.booleans(),
)
MOMENTS = st.integers(0, 730 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
CLOCK_CHANGES = st.sampled_from(
    [
        datetime.fromisoformat(f"{at}+00:00")
        for at in ("2026-03-29T01:00", "2026-10-25T01:00", "2026-03-08T05:30", "2026-10-03T15:30", "2026-04-04T15:00",
                   "2026-11-01T05:00")
    ]
)  # fmt: skip
NEAR_CHANGES = st.builds(lambda at, minutes: at + timedelta(minutes=minutes), CLOCK_CHANGES, st.integers(-1500, 1500))


def night(zone: ZoneInfo = BERLIN, **more: object) -> Rule:
    return Rule(1, "info", zone, quiet_from=time(22), quiet_until=time(7), **more)  # type: ignore[arg-type]


@given(st.lists(RULES, max_size=5), st.sampled_from(LEVELS), st.none() | TAGS, MOMENTS)
def test_a_message_takes_just_the_channels_whose_level_and_tags_fit(
    rules: list[Rule], level: str, tags: frozenset[int] | None, now: datetime
) -> None:
    found = routes(rules, level, tags, now)
    fits = [
        rule.channel
        for rule in rules
        if LEVELS.index(rule.level) <= LEVELS.index(level) and (tags is None or not rule.tags or rule.tags & tags)
    ]
    assert [route.channel for route in found] == fits


@given(RULES, st.sampled_from(LEVELS), MOMENTS)
def test_a_worse_message_never_takes_fewer_channels_nor_comes_later(rule: Rule, level: str, now: datetime) -> None:
    assert len(routes([rule], level, None, now)) <= len(routes([rule], "critical", None, now))
    assert due(rule, "critical", now) <= due(rule, level, now)


@settings(max_examples=150)
@given(RULES, st.sampled_from(LEVELS), MOMENTS | NEAR_CHANGES)
def test_it_waits_until_quiet_hours_end_and_no_minute_longer(rule: Rule, level: str, now: datetime) -> None:
    start = due(rule, level, now)
    if level == "critical" and rule.quiet_critical:
        assert start == now
        return
    assert start >= now
    assert not is_quiet(rule, start)
    minute = now
    while minute < start:
        assert is_quiet(rule, minute)
        minute += timedelta(minutes=7)
    assert start == now or is_quiet(rule, start - timedelta(microseconds=1))


@given(MOMENTS, MINUTES)
def test_without_quiet_hours_nothing_waits(now: datetime, clock: time) -> None:
    for rule in (Rule(1, "info", BERLIN), Rule(1, "info", BERLIN, quiet_from=clock, quiet_until=clock)):
        assert due(rule, "info", now) == now


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-22T23:15", "2026-11-23T06:00"),  # over midnight; 7:00 in Berlin
        ("2026-11-22T05:59", "2026-11-22T06:00"),
        ("2026-11-22T06:00", "2026-11-22T06:00"),
        ("2026-11-22T20:59", "2026-11-22T20:59"),
        ("2026-11-22T21:00", "2026-11-23T06:00"),
        ("2026-03-28T23:00", "2026-03-29T05:00"),  # clocks go forward that night: it is an hour shorter
        ("2026-10-24T23:00", "2026-10-25T06:00"),  # clocks go back that night: it is an hour longer
    ],
)
def test_a_night_in_berlin(now: str, expected: str) -> None:
    start = due(night(), "warning", datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert start == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_quiet_hours_that_end_in_an_hour_that_is_left_out_end_when_clocks_jump() -> None:
    rule = Rule(1, "info", BERLIN, quiet_from=time(1), quiet_until=time(2, 30))
    assert due(rule, "info", datetime(2026, 3, 29, 0, 30, tzinfo=UTC)) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_critical_messages_come_at_night_unless_even_they_shall_not() -> None:
    now = datetime(2026, 11, 22, 23, tzinfo=UTC)
    assert due(night(), "critical", now) == now
    assert due(night(quiet_critical=False), "critical", now) == datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("meta", "expected"),
    [({"severity": "critical", "level": "recovery"}, "critical"), ({"level": "info"}, "info"),
     ({"level": "recovery"}, "warning"), ({}, "warning"), ({"severity": "nonsense"}, "warning")],
)  # fmt: skip
def test_a_recovery_counts_as_what_it_ends(meta: dict[str, str], expected: str) -> None:
    assert severity_of(meta) == expected
