"""The state machine of good and failed polls."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.collector.reachability import (
    ATTEMPTS,
    BACK_OFF,
    BACK_OFF_MAX,
    RECOVERY,
    Reach,
    Status,
    answered,
    failed,
    is_news,
    patience,
)
from virtadmin.ssh.stages import CERTAIN, Stage

UNCERTAIN = sorted(set(Stage) - CERTAIN)
EVENTS = st.lists(st.one_of(st.none(), st.sampled_from(sorted(Stage))), max_size=40)


def run(events: list[Stage | None], reach: Reach | None = None) -> list[Reach]:
    reaches = [reach or Reach(Status.PENDING)]
    for second, stage in enumerate(events):
        before = reaches[-1]
        reaches.append(
            answered(before, now=float(second)) if stage is None else failed(before, stage, now=float(second))
        )
    return reaches


@pytest.mark.parametrize("stage", UNCERTAIN)
def test_an_uncertain_failure_counts_to_three_with_quick_rechecks(stage: Stage) -> None:
    reaches = run([None, *[stage] * ATTEMPTS])
    assert [reach.status for reach in reaches[1:]] == [Status.UP] * ATTEMPTS + [Status.DOWN]
    assert reaches[2].retry_at == 1.0
    assert reaches[-1].retry_at is None


@pytest.mark.parametrize("stage", sorted(CERTAIN))
def test_a_certain_failure_is_told_at_once(stage: Stage) -> None:
    assert run([None, stage])[-1].status == Status.DOWN


def test_a_rejected_key_backs_off_and_doubles_up_to_an_hour() -> None:
    reaches = run([Stage.AUTH_REJECTED] * 8)
    pauses = [reach.retry_at - second for second, reach in enumerate(reaches[1:]) if reach.retry_at is not None]
    assert pauses[:3] == [BACK_OFF, 2 * BACK_OFF, 4 * BACK_OFF]
    assert pauses[-1] == BACK_OFF_MAX


def test_a_lost_server_is_back_after_two_good_answers_asked_quickly() -> None:
    reaches = run([*[Stage.TIMEOUT] * ATTEMPTS, None, None])
    assert [reach.status for reach in reaches[-3:]] == [Status.DOWN, Status.DOWN, Status.UP]
    assert reaches[-2].retry_at is not None
    assert RECOVERY == 2


def test_a_changed_host_key_is_news_even_of_a_lost_server() -> None:
    lost = run([Stage.TIMEOUT] * ATTEMPTS)[-1]
    changed = failed(lost, Stage.HOST_KEY_CHANGED, now=9.0)
    assert is_news(lost, changed)
    assert not is_news(changed, failed(changed, Stage.HOST_KEY_CHANGED, now=10.0))
    assert not is_news(lost, failed(lost, Stage.REFUSED, now=9.0))


@given(EVENTS)
def test_lost_and_back_alternate_whatever_happens(events: list[Stage | None]) -> None:
    reaches = run(events)
    told = [
        after.status == Status.DOWN
        for before, after in pairwise(reaches)
        if is_news(before, after) and before.status != after.status
    ]
    assert told == [index % 2 == 0 for index in range(len(told))]


@given(EVENTS)
def test_whatever_came_before_two_good_answers_make_a_server_well(events: list[Stage | None]) -> None:
    assert run([*events, None, None])[-1] == Reach(Status.UP)


@given(EVENTS)
def test_no_try_is_further_off_than_its_failure_explains(events: list[Stage | None]) -> None:
    for second, reach in enumerate(run(events)[1:]):
        if reach.retry_at is not None:
            assert reach.retry_at - second <= patience(reach.stage, reach.failures) <= BACK_OFF_MAX
