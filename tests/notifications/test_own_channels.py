"""What people do with their channels: the rules, whichever door they come through."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from tests.notifications.conftest import NOW, Clock, line, way
from tests.notifications.test_outbox import Carrier, carrier, fails
from virtadmin.accounts.models import User
from virtadmin.core.errors import Conflict, InvalidInput, NotAllowed, TooOften
from virtadmin.core.secrets import UnreadableSecret
from virtadmin.notifications.channel import ChannelError
from virtadmin.notifications.delivery import sweep
from virtadmin.notifications.models import BotUserLink, Delivery, Notification, UserChannel
from virtadmin.notifications.services import (
    channel_create,
    channel_delete,
    channel_test,
    channel_update,
    channels_default_create,
    chat_link,
    chat_unlink,
)
from virtadmin.notifications.services.testing import TESTS_A_MINUTE

__all__ = ["carrier"]
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/"


def test_a_new_person_has_what_everybody_gets_and_a_loaded_one_what_was_saved(alice: User) -> None:
    assert list(alice.channels.values_list("kind", "level", "enabled")) == [
        ("in_page", "info", True),
        ("email", "warning", True),
        ("server_log", "warning", True),
    ]
    alice.save()
    assert alice.channels.count() == 3
    alice.channels.all().delete()
    channels_default_create(user=alice)
    assert alice.channels.count() == 3


def test_a_kind_one_can_have_one_of_comes_back_after_it_was_deleted_but_not_twice(alice: User) -> None:
    channel_delete(channel=alice.channels.get(kind="in_page"), actor=alice)
    made = channel_create(actor=alice, kind="in_page", level="info")
    assert (made.settings, made.label, str(made)) == ({}, "", "in_page")
    with pytest.raises(InvalidInput) as refused:
        channel_create(actor=alice, kind="in_page")
    assert refused.value.field == "kind"


def test_email_needs_a_mail_server_and_an_address(alice: User, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1"
    alice.channels.all().delete()
    alice.email = ""
    with pytest.raises(InvalidInput, match="no email address"):
        channel_create(actor=alice, kind="email")
    alice.email = "alice@example.org"
    assert channel_create(actor=alice, kind="email").settings == {}


def test_other_peoples_channels_are_theirs(alice: User, admin_person: User) -> None:
    row = alice.channels.get(kind="in_page")
    for action in (channel_update, channel_delete, channel_test):
        with pytest.raises(NotAllowed):
            action(channel=row, actor=admin_person)


@pytest.mark.parametrize(
    ("given", "field"),
    [({"kind": "telegraph"}, "kind"), ({"config": {"url": 7}}, "url"), ({"secret": "x"}, "secret"),
     ({"level": "loud"}, "level"), ({"label": "x" * 101}, "label")],
)  # fmt: skip
def test_whoever_calls_the_service_wrongly_is_told_the_field(alice: User, given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        channel_create(**{"actor": alice, "kind": "apprise", "config": {"url": SLACK}, **given})
    assert refused.value.field == field
    assert SLACK not in refused.value.message


def test_a_kind_that_is_gone_cannot_be_set_anew(alice: User) -> None:
    row = UserChannel.objects.create(user=alice, kind="telegraph")
    with pytest.raises(InvalidInput):
        channel_update(channel=row, actor=alice, config={"url": "x"})
    assert channel_update(channel=row, actor=alice, enabled=False).enabled is False


def test_tags_that_a_channel_has_stay_though_no_server_has_them_any_more(alice: User) -> None:
    from virtadmin.servers.models import Tag

    old, other = Tag.objects.create(name="old"), Tag.objects.create(name="other")
    row = alice.channels.get(kind="in_page")
    row.tags.add(old)
    assert list(channel_update(channel=row, actor=alice, tags=[old]).tags.all()) == [old]
    with pytest.raises(InvalidInput, match="None of your servers has the tag other"):
        channel_update(channel=row, actor=alice, tags=[old, other])


def test_a_chat_is_linked_once_and_again_switches_it_on(alice: User) -> None:
    link = chat_link(user=alice, platform="telegram", conversation="5", title="Ann", now=NOW)
    assert (link.channel.kind, link.channel.label, link.channel.level) == ("telegram", "Ann", "warning")
    assert str(link) == "Telegram: Ann"
    UserChannel.objects.update(enabled=False, disabled_reason="blocked", disabled_at=NOW)
    later = chat_link(user=alice, platform="telegram", conversation="5", title="Anna", now=NOW + timedelta(days=1))
    assert (later.pk, later.title, later.heard) == (link.pk, "Anna", NOW + timedelta(days=1))
    channel = UserChannel.objects.get(kind="telegram")
    assert (channel.enabled, channel.disabled_reason, channel.disabled_at) == (True, "", None)
    assert list(BotUserLink.objects.filter(user=alice)) == [later]


def test_a_chat_belongs_to_the_person_who_linked_it_last(alice: User, bob: User) -> None:
    chat_link(user=alice, platform="telegram", conversation="5", title="Ann", now=NOW)
    link = chat_link(user=bob, platform="telegram", conversation="5", title="Ann", now=NOW)
    assert list(BotUserLink.objects.all()) == [link]
    assert not UserChannel.objects.filter(user=alice, kind="telegram").exists()
    with pytest.raises(NotAllowed):
        chat_unlink(link=link, actor=alice)
    chat_unlink(link=link, actor=bob)
    assert not UserChannel.objects.filter(kind="telegram").exists()


def test_a_test_of_what_reaches_nobody_or_is_at_fault_is_told(
    carrier: Carrier, alice: User, valkey: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from virtadmin.core.registry import Registry

    for module in ("services.testing", "services.channels"):
        monkeypatch.setattr(f"virtadmin.notifications.{module}.CHANNELS", Registry[Any](carrier))
    row = way(alice, "carrier")
    assert channel_test(channel=row, actor=alice) == "Flown."
    carrier.does = fails(RuntimeError("a secret"))
    with pytest.raises(ChannelError, match="The channel failed: RuntimeError"):
        channel_test(channel=row, actor=alice)
    carrier.does = fails(UnreadableSecret("A stored secret cannot be read."))
    with pytest.raises(ChannelError, match="cannot be read"):
        channel_test(channel=row, actor=alice)
    carrier.reached = False
    with pytest.raises(Conflict, match="not set up"):
        channel_test(channel=row, actor=alice)
    assert Notification.objects.filter(kind="channel_test").count() == 1


def test_a_secret_that_cannot_be_read_is_tried_again_and_said(
    carrier: Carrier, alice: User, write: Any, clock: Clock
) -> None:
    write(alice)
    carrier.does = fails(UnreadableSecret("A stored secret cannot be read."))
    sweep(clock=clock)
    assert (line("carrier").status, line("carrier").error) == (
        Delivery.Status.FAILED,
        "A stored secret cannot be read.",
    )


@pytest.mark.usefixtures("valkey")
def test_so_many_tests_are_sent_in_a_minute_and_no_more(alice: User) -> None:
    row = alice.channels.get(kind="in_page")
    with time_machine.travel(timezone.now(), tick=False):
        for _ in range(TESTS_A_MINUTE):
            channel_test(channel=row, actor=alice)
        with pytest.raises(TooOften):
            channel_test(channel=row, actor=alice)
    assert Notification.objects.filter(kind="channel_test").count() == TESTS_A_MINUTE
