"""What a clock that was ahead wrote down, once it is right again."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.notifications.conftest import NOW, Clock, line, way
from tests.notifications.test_outbox import Carrier, carrier, fails
from virtadmin.accounts.models import User
from virtadmin.notifications.channel import ChannelError
from virtadmin.notifications.delivery import sweep
from virtadmin.notifications.models import Delivery, Notification
from virtadmin.notifications.outbox import BACKOFF, LEASE

__all__ = ["carrier"]
Write = Callable[..., Notification]
Status = Delivery.Status
HOUR = timedelta(hours=1)


def test_a_message_of_the_future_is_sent_now_and_dated_now(
    carrier: Carrier, alice: User, write: Write, clock: Clock
) -> None:
    row = write(alice)
    clock.now -= HOUR
    sweep(clock=clock)
    assert len(carrier.sent) == 1
    row.refresh_from_db()
    assert row.timestamp == clock.now
    sweep(clock=clock)
    assert len(carrier.sent) == 1


def test_what_waited_for_quiet_hours_to_end_waits_as_long_as_it_did(
    carrier: Carrier, alice: User, write: Write, clock: Clock
) -> None:
    write(alice)
    Delivery.objects.update(next_attempt=NOW + HOUR / 2)
    clock.now -= HOUR
    sweep(clock=clock)
    assert carrier.sent == []
    clock.now += HOUR / 2
    sweep(clock=clock)
    assert len(carrier.sent) == 1


def test_what_failed_by_a_clock_ahead_waits_no_longer_than_a_failure_does(
    carrier: Carrier, alice: User, write: Write, clock: Clock
) -> None:
    write(alice)
    Notification.objects.update(timestamp=NOW - HOUR)
    carrier.does = fails(ChannelError("Busy."))
    sweep(clock=clock)
    assert line("carrier").status == Status.FAILED
    carrier.does = lambda message: None
    clock.now -= HOUR
    sweep(clock=clock)
    assert line("carrier").next_attempt == clock.now + timedelta(seconds=BACKOFF[0])
    clock.now += timedelta(seconds=BACKOFF[0])
    sweep(clock=clock)
    assert len(carrier.sent) == 1


def test_what_a_dead_worker_claimed_by_a_clock_ahead_is_taken_when_a_claim_from_now_would_end(
    carrier: Carrier, alice: User, write: Write, clock: Clock
) -> None:
    write(alice)
    Notification.objects.update(timestamp=NOW - HOUR)
    carrier.does = fails(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        sweep(clock=clock)
    carrier.does = lambda message: None
    clock.now -= HOUR
    sweep(clock=clock)
    assert (line("carrier").status, line("carrier").next_attempt) == (Status.CLAIMED, clock.now + LEASE)
    clock.now += LEASE
    sweep(clock=clock)
    assert len(carrier.sent) == 1


def test_waiting_that_another_side_asked_for_is_kept(carrier: Carrier, alice: User, write: Write, clock: Clock) -> None:
    write(alice)
    carrier.does = fails(ChannelError("Slow down.", retry_after=7200))
    sweep(clock=clock)
    carrier.does = lambda message: None
    assert way(alice, "carrier").wait_until == NOW + 2 * HOUR
    clock.now += HOUR
    sweep(clock=clock)
    assert carrier.sent == []
    clock.now += HOUR
    sweep(clock=clock)
    assert len(carrier.sent) == 1


def test_a_clock_of_years_ago_forges_no_past_and_holds_nothing_back(
    carrier: Carrier, alice: User, write: Write, clock: Clock
) -> None:
    """A machine without a battery starts in the past; what it has sent before stays as it was, what it has not is."""
    sent = write(alice)
    sweep(clock=clock)
    unsent = write(alice)
    clock.now -= timedelta(days=400)
    sweep(clock=clock)
    assert len(carrier.sent) == 2
    sent.refresh_from_db()
    unsent.refresh_from_db()
    assert (sent.timestamp, unsent.timestamp) == (NOW, clock.now)
