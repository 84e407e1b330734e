"""What every channel promises, over every channel there is."""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.contracts.worlds import FAILURES, SECRETS, WORLDS, World
from tests.notifications.conftest import LOST, Clock
from virtadmin.accounts.models import User
from virtadmin.core.errors import InvalidInput
from virtadmin.notifications.channel import Channel, ChannelError, Field
from virtadmin.notifications.composing import message_of
from virtadmin.notifications.delivery import deliver, sweep
from virtadmin.notifications.models import Delivery, Notification, UserChannel
from virtadmin.notifications.registry import CHANNELS
from virtadmin.notifications.services import channel_create, channel_test

Write = Callable[..., Notification]
Status = Delivery.Status
BACK = {"kind": "server_back", "level": Notification.Level.RECOVERY, "severity": "critical"}
every_channel = pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
every_failure = pytest.mark.parametrize(
    ("name", "failure"), [(name, failure) for name, kinds in FAILURES.items() for failure in kinds]
)


@pytest.fixture
def world(request: pytest.FixtureRequest, alice: User) -> Iterator[Callable[[str], World]]:
    """Makes the other side of a channel; Alice's other channels are off."""

    def make(name: str) -> World:
        made = WORLDS[name](request, alice)
        UserChannel.objects.exclude(pk=made.row.pk).update(enabled=False)
        UserChannel.objects.filter(pk=made.row.pk).update(level="info")
        return made

    return make


def line(row: UserChannel, notification: Notification) -> Delivery:
    return Delivery.objects.get(user_channel=row, notification=notification)


@every_channel
class TestItsEntry:
    def test_it_has_a_world_to_be_tested_in(self, channel: Channel) -> None:
        assert channel.name in WORLDS
        assert channel.name in FAILURES

    def test_it_is_named_and_explained_and_its_flag_exists(self, channel: Channel) -> None:
        assert len(channel.name) <= (Delivery._meta.get_field("channel").max_length or 0)
        assert channel.label[0].isupper()
        assert channel.help.endswith(".")
        assert not (channel.linked and channel.fields)
        if channel.flag:
            assert Notification._meta.get_field(channel.flag).default is False

    def test_its_form_explains_each_field(self, channel: Channel) -> None:
        assert len({field.name for field in channel.fields}) == len(channel.fields)
        for field in channel.fields:
            assert isinstance(field, Field)
            assert field.label[0].isupper()
            assert field.help.endswith(".")

    def test_its_form_refuses_what_nobody_asked_for(self, channel: Channel, alice: User) -> None:
        if channel.linked or channel.single:  # everybody has those, or they come by linking
            config = {"url": "x"}
            with pytest.raises(InvalidInput) as refused:
                channel_create(actor=alice, kind=channel.name, config=config)
            assert refused.value.field == "kind"
            return
        with pytest.raises(InvalidInput) as refused:
            channel_create(actor=alice, kind=channel.name, config={"nonsense": "x"})
        assert refused.value.field == "nonsense"
        for field in channel.fields:
            with pytest.raises(InvalidInput) as refused:
                channel_create(actor=alice, kind=channel.name, config={field.name: " "})
            assert refused.value.field == field.name


@every_channel
class TestWhatItSends:
    def test_it_never_reaches_a_person_who_was_shut_out(self, channel: Channel, world: Callable[[str], World]) -> None:
        row = world(channel.name).row
        assert channel.reaches(row)
        row.user.is_active = False
        assert not channel.reaches(row)

    def test_a_message_arrives_once_and_is_answered(
        self, channel: Channel, world: Callable[[str], World], alice: User, write: Write, clock: Clock
    ) -> None:
        there = world(channel.name)
        notification = write(alice, **about(alice), **BACK)
        for _ in range(2):
            deliver(notifications=[notification.pk], clock=clock)
        found = line(there.row, notification)
        assert (found.status, found.error, found.attempts) == (Status.SENT, "", 1)
        assert there.taken is None or there.taken() == 1

    def test_the_test_button_shows_what_the_other_side_says(
        self, channel: Channel, world: Callable[[str], World], alice: User
    ) -> None:
        there = world(channel.name)
        answer = channel_test(channel=there.row, actor=alice)
        assert len(answer) > 10
        assert channel.address(there.row)

    def test_names_full_of_markup_and_without_end_arrive(
        self, channel: Channel, world: Callable[[str], World], alice: User, write: Write, clock: Clock
    ) -> None:
        there = world(channel.name)
        name = "<b>*_[x](http://evil)`</b>\x00\r\n\u202e" + "ü𝄞" * 5000
        told = about(alice)
        told["facts"] = {**told["facts"], "name": name, "reason": name[:4000]}
        notification = write(alice, **told, **BACK)
        deliver(notifications=[notification.pk], clock=clock)
        assert (line(there.row, notification).status, line(there.row, notification).error) == (Status.SENT, "")


@every_failure
class TestHowItFails:
    def test_the_error_is_of_the_kind_and_tells_no_secret(
        self, name: str, failure: str, world: Callable[[str], World], alice: User, caplog: pytest.LogCaptureFixture,
        write: Write,
    ) -> None:  # fmt: skip
        there = world(name)
        assert sorted(there.fails) == sorted(FAILURES[name])
        notification = write(alice, **about(alice), **BACK)
        notification.timestamp -= timedelta(days=1)
        there.fails[failure]()
        with caplog.at_level(logging.DEBUG), pytest.raises(ChannelError) as failed:
            CHANNELS[name].send(message_of(notification), UserChannel.objects.get(pk=there.row.pk))
        error, kind = failed.value, failure.partition(",")[0]
        assert error.down or kind != "down"
        assert error.permanent == (kind in ("permanent", "gone"))
        assert error.gone == (kind == "gone")
        assert bool(error.retry_after) == (kind == "pause")
        assert len(error.message) > 10
        for secret in SECRETS:
            assert secret not in error.message + str(error) + repr(error.args) + told_in(caplog)

    def test_the_outbox_does_what_the_error_asks(
        self, name: str, failure: str, world: Callable[[str], World], alice: User, write: Write, clock: Clock,
        caplog: pytest.LogCaptureFixture,
    ) -> None:  # fmt: skip
        there = world(name)
        kind = failure.partition(",")[0]
        first, second = (write(alice, **about(alice), **BACK) for _ in range(2))
        Notification.objects.update(timestamp=clock.now - timedelta(days=1))
        there.fails[failure]()
        deliver(notifications=[first.pk], clock=clock)
        found, row = line(there.row, first), UserChannel.objects.get(pk=there.row.pk)
        assert found.status == (Status.GIVEN_UP if kind in ("permanent", "gone") else Status.FAILED)
        assert row.enabled == (kind != "gone")
        if kind == "gone":
            assert Notification.objects.filter(kind="channel_disabled", recipient=alice).count() == 1
        if kind == "pause":
            assert found.next_attempt == row.wait_until
            assert row.wait_until is not None
            before = there.taken and there.taken()
            clock.now = row.wait_until - timedelta(seconds=1)
            deliver(notifications=[second.pk], clock=clock)
            sweep(clock=clock)
            assert (there.taken and there.taken()) == before, "nothing is sent before the pause is over"
            clock.now += timedelta(seconds=1)
            sweep(clock=clock)
            assert {line(there.row, each).status for each in (first, second)} == {Status.SENT}
        for secret in SECRETS:
            assert secret not in found.error + row.disabled_reason + told_in(caplog)


def about(person: User) -> dict[str, Any]:
    """What a message tells of: a server of the person's, where they have one."""
    server = person.servers.first()
    return {"facts": {**LOST, "server": server.pk}, "server_id": server.pk} if server else {"facts": LOST}


def told_in(caplog: pytest.LogCaptureFixture) -> str:
    """Everything that was logged, but by the mail server these tests run."""
    return "".join(record.getMessage() + str(record.exc_info) for record in caplog.records if record.name != "mail.log")
