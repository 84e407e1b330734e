"""What becomes of something to be told: pure decisions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from virtadmin.alerting.models import Telling
from virtadmin.alerting.telling.holding import PARENT_WAIT, RETURN_WAIT, Fate, Known, fate, released

What, State, Hold = Telling.What, Telling.State, Telling.Hold
NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
whats = st.sampled_from(What.values)
flags = st.booleans()
moments = st.integers(-100, 100).map(lambda seconds: NOW + timedelta(seconds=seconds))
knowns = st.builds(
    Known,
    is_open=flags,
    may_see=flags,
    opened=moments,
    opening=st.sampled_from(["", *State.values]),
    hold=st.sampled_from(["", *Hold.values]),
    cleared=flags,
    doubted=flags,
    gathering=flags,
    acknowledged=flags,
)


@settings(deadline=None)
@given(what=whats, known=knowns, due=moments)
def test_the_rules_hold_in_every_situation(what: str, known: Known, due: datetime) -> None:
    decided = fate(what, known, due, NOW)
    if not known.may_see:
        assert decided == Fate.DROP
    if decided == Fate.TELL and what != What.OPENED:
        assert known.opening == State.TOLD, "nothing is told of what was not said to be open"
    if decided == Fate.HOLD:
        assert (what != What.CLOSED, bool(known.hold)) == (True, True), "recovery is never held"
    if not known.is_open and what != What.CLOSED:
        assert decided == Fate.DROP
    if decided == Fate.WAIT:
        later = max(due, known.opened) + timedelta(minutes=5)
        if not known.gathering:
            assert fate(what, known, due, later) == Fate.TELL, "nothing waits for ever"


@pytest.mark.parametrize(
    ("what", "known", "expected"),
    [
        (What.OPENED, {}, Fate.TELL),
        (What.OPENED, {"hold": Hold.PARENT}, Fate.HOLD),
        (What.OPENED, {"is_open": False}, Fate.DROP),
        (What.OPENED, {"gathering": True}, Fate.WAIT),
        (What.OPENED, {"doubted": True}, Fate.WAIT),
        (What.CLOSED, {"is_open": False, "opening": State.TOLD, "hold": Hold.SILENCED}, Fate.TELL),
        (What.CLOSED, {"is_open": False, "opening": State.DROPPED}, Fate.DROP),
        (What.RISEN, {"opening": State.TOLD}, Fate.TELL),
        (What.RISEN, {"opening": State.HELD}, Fate.DROP),
        (What.REPEATED, {"opening": State.TOLD}, Fate.TELL),
        (What.REPEATED, {"opening": State.TOLD, "acknowledged": True}, Fate.DROP),
    ],
)
def test_each_rule_by_itself(what: str, known: dict[str, object], expected: Fate) -> None:
    usual: dict[str, object] = {"is_open": True, "may_see": True, "opened": NOW}
    assert fate(what, Known(**{**usual, **known}), NOW, NOW) == expected  # type: ignore[arg-type]


def test_a_child_waits_until_its_parent_has_answered_or_the_time_is_over() -> None:
    due = NOW + PARENT_WAIT
    unknown, cleared = (Known(is_open=True, may_see=True, opened=NOW, cleared=cleared) for cleared in (False, True))
    soon = NOW + timedelta(seconds=5)
    assert fate(What.OPENED, unknown, due, soon) == Fate.WAIT
    assert fate(What.OPENED, unknown, due, due) == Fate.TELL
    assert fate(What.OPENED, cleared, due, soon) == Fate.TELL
    assert fate(What.OPENED, cleared, due + RETURN_WAIT, soon) == Fate.WAIT, "the parent was back before"


def test_only_a_lost_child_gets_time_to_come_back() -> None:
    assert released("lost", Hold.PARENT, NOW) == NOW + RETURN_WAIT
    assert released("lost", Hold.SILENCED, NOW) == NOW
    assert released("hdd_usage", Hold.PARENT, NOW) == NOW
