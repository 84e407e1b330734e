"""What becomes of a message whose channel is over, off, deleted or asked for a pause."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
import redis

from tests.notifications.conftest import Clock, line, way
from tests.notifications.test_outbox import Carrier, carrier, fails
from virtadmin.accounts.models import User
from virtadmin.core.registry import Registry
from virtadmin.notifications.channel import ChannelError
from virtadmin.notifications.delivery import deliver, sweep
from virtadmin.notifications.models import Delivery, Notification, UserChannel
from virtadmin.notifications.outbox import LEASE
from virtadmin.notifications.services import channel_delete, channel_disable, channel_update

__all__ = ["carrier"]
Write = Callable[..., Notification]
Status = Delivery.Status
GONE = ChannelError("The bot was blocked.", gone=True)


class Second(Carrier):
    name, label = "second", "Second"


@pytest.fixture
def second(carrier: Carrier, alice: User, monkeypatch: pytest.MonkeyPatch) -> Second:
    """Another channel, which stands in for the first and takes nothing else."""
    channel = Second()
    for module in ("selectors", "delivery", "outcomes", "services.channels"):
        monkeypatch.setattr(f"virtadmin.notifications.{module}.CHANNELS", Registry[Any](carrier, channel))
    row = way(alice, "second")
    UserChannel.objects.filter(pk=row.pk).update(level="critical", enabled=True)
    UserChannel.objects.filter(user=alice, kind="carrier").update(fallback=row)
    return channel


def warning(write: Write, person: User, **more: Any) -> Notification:
    return write(person, level=Notification.Level.WARNING, **more)


def test_what_is_over_is_switched_off_told_once_and_the_message_takes_the_fallback(
    carrier: Carrier, second: Second, alice: User, write: Write, clock: Clock
) -> None:
    rows = [warning(write, alice) for _ in range(3)]
    carrier.does = fails(GONE)
    sweep(clock=clock)
    row = UserChannel.objects.get(user=alice, kind="carrier")
    assert (row.enabled, row.disabled_reason, row.disabled_at) == (False, "The bot was blocked.", clock.now)
    sweep(clock=clock)
    assert second.sent == [rows[0].title] * 3
    assert {line("carrier", each).status for each in rows} == {Status.GIVEN_UP}
    told = Notification.objects.get(kind="channel_disabled")
    assert (told.recipient, told.level) == (alice, Notification.Level.WARNING)
    assert told.title == "Carrier no longer takes messages"
    assert "The bot was blocked." in told.description
    assert "What waited for it goes to Second instead." in told.description
    carrier.does = lambda message: None
    warning(write, alice)
    sweep(clock=clock)
    assert carrier.sent == [], "it stays off until its owner switches it on"


def test_the_fallback_gets_its_message_at_once(
    carrier: Carrier, second: Second, alice: User, write: Write, clock: Clock, valkey: redis.Redis,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:  # fmt: skip
    pk = warning(write, alice).pk
    carrier.does = fails(GONE)
    with django_capture_on_commit_callbacks(execute=True):
        deliver(notifications=[pk], clock=clock)
    assert valkey.llen("deliver") >= 1


def test_what_is_given_up_after_all_attempts_takes_the_fallback_once(
    carrier: Carrier, second: Second, alice: User, write: Write, clock: Clock
) -> None:
    notification = warning(write, alice)
    carrier.does = fails(ChannelError("Busy."))
    while line("carrier").status != Status.GIVEN_UP:
        assert second.sent == []
        sweep(clock=clock)
        clock.now = max(clock.now, line("carrier").next_attempt)
    sweep(clock=clock)
    sweep(clock=clock)
    assert second.sent == [notification.title]
    assert UserChannel.objects.get(user=alice, kind="carrier").enabled


def test_a_message_that_the_fallback_has_already_is_not_sent_there_again(
    carrier: Carrier, second: Second, alice: User, write: Write, clock: Clock
) -> None:
    write(alice)  # critical: it takes both
    carrier.does = fails(GONE)
    for _ in range(3):
        sweep(clock=clock)
    assert len(second.sent) == 1


def test_of_a_chain_the_first_that_can_be_used_gets_it_and_a_ring_ends(
    carrier: Carrier, second: Second, alice: User, write: Write, clock: Clock
) -> None:
    first = UserChannel.objects.get(user=alice, kind="carrier")
    broken = UserChannel.objects.create(user=alice, kind="second", enabled=False, fallback=first.fallback)
    UserChannel.objects.filter(pk=first.pk).update(fallback=broken)
    carrier.does = fails(ChannelError("No.", permanent=True))
    warning(write, alice)
    sweep(clock=clock)
    sweep(clock=clock)
    assert len(second.sent) == 1
    UserChannel.objects.filter(pk=broken.pk).update(fallback=first)
    notification = warning(write, alice)
    sweep(clock=clock)
    assert list(notification.deliveries.values_list("status", flat=True)) == [Status.GIVEN_UP]


def test_quiet_hours_of_the_fallback_stay_quiet(
    carrier: Carrier, second: Second, alice: User, write: Write, clock: Clock
) -> None:
    UserChannel.objects.filter(kind="second").update(quiet_from=time(14), quiet_until=time(15))
    carrier.does = fails(GONE)
    warning(write, alice)
    sweep(clock=clock)
    assert line("second").next_attempt == clock.now.replace(hour=15, minute=0, second=0)


def test_what_its_owner_switched_off_or_deleted_sends_nothing_and_takes_no_fallback(
    carrier: Carrier, second: Second, alice: User, write: Write, clock: Clock
) -> None:
    off, deleted = warning(write, alice), warning(write, alice)
    row = UserChannel.objects.get(user=alice, kind="carrier")
    channel_update(channel=row, actor=alice, enabled=False)
    deliver(notifications=[off.pk], clock=clock)
    assert line("carrier", off).error == "This channel is switched off."
    channel_delete(channel=row, actor=alice)
    deliver(notifications=[deleted.pk], clock=clock)
    assert line("carrier", deleted).error == "This channel was deleted."
    assert carrier.sent == second.sent == []
    assert not Notification.objects.filter(kind="channel_disabled").exists()


def test_only_the_first_to_find_it_over_tells_its_owner(alice: User, clock: Clock) -> None:
    row = alice.channels.get(kind="email")
    assert channel_disable(channel=row, reason="x" * 900, now=clock.now)
    assert not channel_disable(channel=row, reason="y", now=clock.now)
    row.refresh_from_db()
    assert row.disabled_reason == "x" * 300
    assert Notification.objects.filter(kind="channel_disabled").count() == 1


def test_a_pause_holds_the_persons_channel_and_nobody_elses(
    carrier: Carrier, alice: User, bob: User, write: Write, clock: Clock
) -> None:
    mine, his = [write(alice) for _ in range(3)], write(bob)
    carrier.does = lambda message: (
        fails(ChannelError("Slow.", retry_after=5))(message) if message.recipient == alice else None
    )
    sweep(clock=clock)
    assert carrier.sent == [his.title]
    carrier.does = lambda message: None
    late = write(alice)
    clock.now += timedelta(seconds=4)
    deliver(notifications=[late.pk], clock=clock)
    sweep(clock=clock)
    assert len(carrier.sent) == 1
    assert line("carrier", late).attempts == 0
    clock.now += timedelta(seconds=1)
    sweep(clock=clock)
    assert len(carrier.sent) == 5
    assert len({line("carrier", each).attempts for each in mine}) == 2


def test_a_pause_of_the_whole_service_holds_everybodys(
    carrier: Carrier, alice: User, bob: User, write: Write, clock: Clock
) -> None:
    first = write(alice)
    carrier.does = fails(ChannelError("Slow.", retry_after=60, down=True))
    deliver(notifications=[first.pk], clock=clock)
    carrier.does = lambda message: None
    deliver(notifications=[write(bob).pk], clock=clock)
    assert carrier.sent == []
    clock.now += timedelta(seconds=60)
    sweep(clock=clock)
    assert len(carrier.sent) == 2


def test_a_worker_whose_claim_ended_does_not_start_the_fallback(
    carrier: Carrier, second: Second, alice: User, write: Write, clock: Clock
) -> None:
    warning(write, alice)

    def slow(message: object) -> None:
        clock.now += LEASE
        carrier.does = lambda message: None
        sweep(clock=clock)
        raise ChannelError("too late", permanent=True)

    carrier.does = slow
    sweep(clock=clock)
    assert line("carrier").status == Status.SENT
    assert second.sent == []
    assert not Delivery.objects.filter(channel="second").exists()
