"""What is said of a page's lines together, and of each."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.ssh.stages import CERTAIN, Stage
from virtadmin.statuspages.condition import Known, State, joined, overall, sentence, state_now

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
UP, DOWN, PARTLY, HELD, UNKNOWN = State.UP, State.DOWN, State.PARTLY, State.MAINTENANCE, State.UNKNOWN
NOON = "noon"
STATES = st.lists(st.sampled_from(State), max_size=12)
MEMBERS = st.lists(st.sampled_from([UP, DOWN, HELD, UNKNOWN]), min_size=1, max_size=12)


def known(**more: object) -> Known:
    return Known(**{"enabled": True, "interval": 60, "status": "up", "last": NOW, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "Nothing is shown here yet"),
        ([UP], "All is well"),
        ([UP] * 7, "All is well"),
        ([DOWN], "Down"),
        ([PARTLY], "Partly down"),
        ([DOWN, DOWN], "Both are down"),
        ([DOWN] * 7, "All 7 are down"),
        ([DOWN, *[UP] * 6], "1 of 7 is down"),
        ([DOWN, DOWN, *[UP] * 5], "2 of 7 are down"),
        ([DOWN, PARTLY, UP, HELD], "1 of 4 is down, 1 partly"),
        ([PARTLY, PARTLY, UNKNOWN], "2 of 3 are partly down"),
        ([HELD, UP, UNKNOWN], "Maintenance of 1 of 3 until noon"),
        ([HELD, HELD], "Maintenance until noon"),
        ([UNKNOWN, UP], "No news of 1 of 2"),
        ([UNKNOWN, UNKNOWN], "No news at the moment"),
    ],
)
def test_one_sentence_says_it_all(lines: list[State], said: str) -> None:
    assert sentence(lines, NOON) == said


@given(STATES, st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(lines: list[State], dice: object) -> None:
    mixed = [*lines]
    dice.shuffle(mixed)  # type: ignore[attr-defined]
    assert (overall(mixed), sentence(mixed, NOON)) == (overall(lines), sentence(lines, NOON))


@given(STATES)
def test_all_is_well_only_where_every_line_is_up(lines: list[State]) -> None:
    is_well = bool(lines) and set(lines) == {UP}
    assert (overall(lines) == UP) == is_well == (sentence(lines, NOON) == "All is well")


@given(STATES)
def test_it_is_called_down_only_where_every_line_is_and_trouble_is_never_hidden(lines: list[State]) -> None:
    assert (overall(lines) == DOWN) == (bool(lines) and set(lines) == {DOWN})
    is_trouble = overall(lines) in (DOWN, PARTLY)
    assert is_trouble == (DOWN in lines or PARTLY in lines)
    assert is_trouble == bool(re.search(r"\bdown\b", sentence(lines, NOON), re.IGNORECASE))


@given(MEMBERS)
def test_what_is_not_known_of_a_member_changes_nothing_beside_what_is(members: list[State]) -> None:
    assert joined([*members, UNKNOWN]) == joined(members)
    assert joined(members) != DOWN or set(members) <= {DOWN, UNKNOWN}
    assert (joined(members) in (DOWN, PARTLY)) == (DOWN in members)
    assert (joined(members) == UNKNOWN) == (set(members) == {UNKNOWN})
    assert (joined(members) == HELD) == (set(members) - {UNKNOWN} == {HELD})


@given(MEMBERS)
def test_another_one_that_is_down_never_makes_it_better(members: list[State]) -> None:
    assert joined([*members, DOWN]) in (DOWN, PARTLY)


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, UP),
        ({"status": "down"}, DOWN),
        ({"status": "down", "reason": "timeout: No answer."}, DOWN),
        ({"enabled": False}, UNKNOWN),
        ({"enabled": False, "status": "down"}, UNKNOWN),
        ({"status": "pending", "last": None}, UNKNOWN),
        ({"status": "unknown"}, UNKNOWN),
        ({"last": NOW - timedelta(seconds=240)}, UP),
        ({"last": NOW - timedelta(seconds=241)}, UNKNOWN),
        ({"last": NOW - timedelta(hours=1), "retry_at": NOW.timestamp() + 1}, UP),
    ],
)
def test_a_line_says_what_is_known_now(changed: dict[str, object], state: State) -> None:
    assert state_now(known(**changed), NOW) == state
    assert state_now(known(**changed), NOW, maintained=True) == HELD


@pytest.mark.parametrize("stage", list(Stage))
def test_a_server_that_answers_is_not_called_down(stage: Stage) -> None:
    down = state_now(known(status="down", reason=f"{stage}: Something."), NOW)
    assert down == (UNKNOWN if stage in CERTAIN else DOWN)
