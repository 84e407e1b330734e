"""The state machine of a website's checks."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.collector.reachability import Reach
from virtadmin.collector.websites.standing import LONGEST_PAUSE, Status, checked, is_down
from virtadmin.websites.check.outcome import Outcome
from virtadmin.websites.check.stages import Stage

OUTCOMES = st.sampled_from([Outcome(), *(Outcome(stage) for stage in Stage), Outcome(Stage.STATUS, retry_after=90.0)])
CONFIRMATIONS = st.integers(1, 10)


def run(outcomes: list[Outcome], confirmations: int = 3, interval: int = 60) -> list[Reach]:
    """The reach before, and after each check; one a second."""
    reaches = [Reach(Status.PENDING)]
    for second, outcome in enumerate(outcomes):
        after = checked(reaches[-1], outcome, confirmations=confirmations, interval=interval, now=float(second))
        reaches.append(after)
    return reaches


@given(CONFIRMATIONS, st.sampled_from(list(Stage)))
def test_it_is_down_after_as_many_failures_in_a_row_as_were_asked_for(confirmations: int, stage: Stage) -> None:
    reaches = run([Outcome(), *[Outcome(stage)] * confirmations], confirmations)
    assert [is_down(reach) for reach in reaches[1:]] == [False, *[None] * (confirmations - 1), True]
    assert [reach.retry_at for reach in reaches[2:-1]] == [float(second) for second in range(1, confirmations)]
    assert reaches[-1].retry_at is None, "at its interval again"


def test_it_is_up_after_two_good_checks_the_second_of_them_soon() -> None:
    reaches = run([*[Outcome(Stage.DNS)] * 3, Outcome(), Outcome()])
    assert [is_down(reach) for reach in reaches[3:]] == [True, None, False]
    assert reaches[4].retry_at == 3.0
    assert reaches[5] == Reach(Status.UP)


def test_one_good_check_between_failures_begins_the_count_anew_and_a_relapse_needs_no_confirming() -> None:
    failing, good = Outcome(Stage.REFUSED), Outcome()
    assert [is_down(reach) for reach in run([good, failing, failing, good, failing, failing])] == [
        False, False, None, None, False, None, None
    ]  # fmt: skip
    assert is_down(run([failing, failing, failing, good, failing])[-1]) is True


@given(st.lists(OUTCOMES, max_size=40), CONFIRMATIONS)
def test_down_and_up_alternate_and_two_good_checks_always_end_in_up(outcomes: list[Outcome], few: int) -> None:
    reaches = run(outcomes, few)
    changes = [after.status for before, after in pairwise(reaches) if before.status != after.status]
    assert all(before != after for before, after in pairwise(changes))
    assert run([*outcomes, Outcome(), Outcome()], few)[-1] == Reach(Status.UP)


@pytest.mark.parametrize(
    ("asked", "interval", "suspect", "believed"),
    [
        (None, 60, 0.0, None),
        (0.0, 60, 0.0, None),
        (2.0, 60, 2.0, None),  # its interval comes later than that
        (300.0, 60, 300.0, 300.0),
        (100.0, 3600, 100.0, 100.0),  # what is down is looked at once a minute
        (1e9, 60, LONGEST_PAUSE, LONGEST_PAUSE),
    ],
)
def test_a_website_that_wants_to_be_left_alone_is_for_an_hour_at_most(
    asked: float | None, interval: int, suspect: float, believed: float | None
) -> None:
    limited = Outcome(Stage.STATUS, status=429, retry_after=asked)
    first = checked(Reach(Status.UP), limited, confirmations=2, interval=interval, now=0.0)
    assert first.retry_at == suspect
    assert checked(first, limited, confirmations=2, interval=interval, now=0.0).retry_at == believed
