"""The outbox: claimed once, tried again, taken from the dead."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis

from tests.notifications.conftest import LOST, NOW, Clock, line, way
from virtadmin.accounts.models import User
from virtadmin.core.registry import Registry
from virtadmin.notifications import delivery
from virtadmin.notifications.channel import ChannelError, Field, Message
from virtadmin.notifications.delivery import deliver, sweep
from virtadmin.notifications.models import Delivery, Notification, UserChannel
from virtadmin.notifications.outbox import BACKOFF, LEASE, MOST_ATTEMPTS, next_attempt
from virtadmin.notifications.services import Draft, notifications_create

Write = Callable[..., Notification]
Status = Delivery.Status


class Carrier:
    """A channel that does what a test tells it."""

    name, label, help, flag = "carrier", "Carrier", "Pigeons.", None
    fields: tuple[Field, ...] = ()
    single = linked = False

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.does: Callable[[Message], None] = lambda message: None
        self.reached = True

    def available(self, user: User) -> str:
        return ""

    def clean(self, user: User, config: dict[str, Any]) -> dict[str, Any]:
        return config

    def address(self, row: UserChannel) -> str:
        return "a nest"

    def reaches(self, row: UserChannel) -> bool:
        return self.reached

    def send(self, message: Message, to: UserChannel) -> str:
        self.does(message)
        self.sent.append(message.title)
        return "Flown."


@pytest.fixture
def carrier(monkeypatch: pytest.MonkeyPatch, alice: User, bob: User) -> Carrier:
    """The only channel there is; Alice and Bob have it."""
    channel = Carrier()
    for module in ("selectors", "delivery", "outcomes"):
        monkeypatch.setattr(f"virtadmin.notifications.{module}.CHANNELS", Registry[Any](channel))
    way(alice, "carrier"), way(bob, "carrier")
    return channel


def fails(error: Exception) -> Callable[[Message], None]:
    def does(message: Message) -> None:
        raise error

    return does


def test_a_message_is_sent_once_however_often_it_is_delivered(
    carrier: Carrier, alice: User, write: Write, clock: Clock
) -> None:
    pk = write(alice).pk
    for _ in range(3):
        deliver(notifications=[pk], clock=clock)
        sweep(clock=clock)
    assert len(carrier.sent) == 1


def test_two_workers_at_the_same_time_send_once(carrier: Carrier, alice: User, write: Write, clock: Clock) -> None:
    pk = write(alice).pk
    carrier.does = lambda message: deliver(notifications=[pk], clock=clock)  # the other, while the first is sending
    deliver(notifications=[pk], clock=clock)
    assert len(carrier.sent) == 1
    assert line("carrier").attempts == 1


def test_a_batch_passes_over_what_another_worker_sent_meanwhile(
    carrier: Carrier, alice: User, write: Write, clock: Clock
) -> None:
    rows = [write(alice), write(alice)]

    def first(message: Message) -> None:
        carrier.does = lambda message: None
        sweep(clock=clock)  # the other worker sends the second

    carrier.does = first
    deliver(notifications=[row.pk for row in rows], clock=clock)
    assert len(carrier.sent) == 2
    assert [line("carrier", row).attempts for row in rows] == [1, 1]


def test_of_two_workers_that_saw_the_same_line_one_gets_it(
    carrier: Carrier, alice: User, write: Write, clock: Clock
) -> None:
    write(alice)
    mine, other = line("carrier"), line("carrier")
    assert [delivery._claim(mine, clock.now), delivery._claim(other, clock.now)] == [True, False]


def test_what_a_dead_worker_claimed_is_taken_again_when_its_claim_ends(
    carrier: Carrier, alice: User, write: Write, clock: Clock
) -> None:
    write(alice)
    carrier.does = fails(KeyboardInterrupt())  # the worker is gone before it can write anything down
    with pytest.raises(KeyboardInterrupt):
        sweep(clock=clock)
    assert line("carrier").status == Status.CLAIMED
    carrier.does = lambda message: None
    clock.now += LEASE - timedelta(seconds=1)
    sweep(clock=clock)
    assert carrier.sent == []
    clock.now += timedelta(seconds=1)
    sweep(clock=clock)
    assert len(carrier.sent) == 1
    assert (line("carrier").status, line("carrier").attempts) == (Status.SENT, 2)


def test_a_worker_that_comes_back_too_late_does_not_write_over_its_successor(
    carrier: Carrier, alice: User, write: Write, clock: Clock
) -> None:
    write(alice)

    def slow(message: Message) -> None:
        clock.now += LEASE
        carrier.does = lambda message: None
        sweep(clock=clock)
        raise ChannelError("too late")

    carrier.does = slow
    sweep(clock=clock)
    assert line("carrier").status == Status.SENT


def test_a_message_that_kills_every_worker_is_given_up(
    carrier: Carrier, alice: User, write: Write, clock: Clock
) -> None:
    write(alice)
    carrier.does = fails(KeyboardInterrupt())
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            sweep(clock=clock)
        clock.now += LEASE
    sweep(clock=clock)
    assert (line("carrier").status, line("carrier").error) == (Status.GIVEN_UP, "Its worker died at every attempt.")


def test_it_is_tried_again_ever_more_seldom_then_given_up(
    carrier: Carrier, alice: User, write: Write, clock: Clock
) -> None:
    write(alice)
    carrier.does = fails(ChannelError("Busy."))
    waits = []
    while line("carrier").status != Status.GIVEN_UP:
        sweep(clock=clock)
        waits.append((line("carrier").next_attempt - clock.now).total_seconds())
        clock.now = line("carrier").next_attempt
    assert waits[:-1] == list(BACKOFF)
    assert waits[:4] == [30, 120, 600, 3600]
    assert line("carrier").attempts == MOST_ATTEMPTS


def test_it_waits_as_long_as_the_other_side_asked() -> None:
    assert next_attempt(1, ChannelError("Slow down.", retry_after=77), NOW) == NOW + timedelta(seconds=77)
    assert next_attempt(1, ChannelError("Slow down.", retry_after=7), NOW) == NOW + timedelta(seconds=7)
    assert next_attempt(3, ChannelError("Slow down.", retry_after=7), NOW) == NOW + timedelta(seconds=600)
    assert next_attempt(1, ChannelError("Never.", permanent=True, retry_after=7), NOW) is None


def test_a_channel_with_a_fault_keeps_nobody_elses_message(
    carrier: Carrier, alice: User, bob: User, write: Write, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = write(alice), write(bob)

    def faulty(message: Message) -> None:
        if message.recipient == alice:
            raise RuntimeError("a bug")

    carrier.does = faulty
    deliver(notifications=[first.pk, second.pk], clock=clock)
    assert len(carrier.sent) == 1
    assert (line("carrier", first).status, line("carrier", first).error) == (
        Status.FAILED,
        "The channel failed: RuntimeError",
    )
    assert "RuntimeError: a bug" in caplog.text


def test_what_is_no_longer_set_up_is_given_up(carrier: Carrier, alice: User, write: Write, clock: Clock) -> None:
    first, second = write(alice), write(alice)
    Delivery.objects.filter(notification=first).update(channel="telegraph")
    carrier.reached = False
    sweep(clock=clock)
    assert line("telegraph", first).error == "This channel is no longer there."
    assert line("carrier", second).error == "This channel is no longer set up for this person."
    assert {*Delivery.objects.values_list("status", flat=True)} == {Status.GIVEN_UP}


def test_a_channel_in_trouble_for_long_is_still_tried_by_one_line_a_batch(
    carrier: Carrier, alice: User, write: Write, clock: Clock
) -> None:
    rows = [write(alice) for _ in range(3)]
    carrier.does = fails(ChannelError("Away.", down=True))
    for _ in range(4):
        sweep(clock=clock)
        clock.now += timedelta(hours=12)
    assert sum(line("carrier", row).attempts for row in rows) == 4
    assert str(line("carrier", rows[0])) == "carrier: failed, tried again"


def test_a_long_queue_is_swept_by_several_threads(
    carrier: Carrier, alice: User, write: Write, clock: Clock, valkey: redis.Redis
) -> None:
    draft = Draft("server_lost", Notification.Level.CRITICAL, [alice], LOST)
    notifications_create(drafts=[draft] * 230, now=NOW)
    sweep(clock=clock)
    assert len(carrier.sent) == 50
    assert valkey.llen("deliver") == 4
    for body in valkey.lrange("deliver", 0, -1):
        ids = json.loads(base64.b64decode(json.loads(body)["body"]))[0][0]
        deliver(notifications=ids, clock=clock)
    assert len(carrier.sent) == 230
    sweep(clock=clock)
    assert len(carrier.sent) == 230
