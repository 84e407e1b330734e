"""The buttons under one message of several incidents: from the outage to what the others hear."""

from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.utils import timezone

from tests.alerting.fleet import Fleet
from tests.alerting.sites import Sites
from tests.chatbots.conftest import Happen, linked
from tests.fakes.fixtures import CHATS
from tests.fakes.graph import GraphApi
from tests.fakes.telegram import BotApi, Chat
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident
from virtadmin.alerting.models.quiet import Silence
from virtadmin.chatbots.messenger.answering import take
from virtadmin.notifications.channels.messenger import Messenger
from virtadmin.notifications.channels.telegram import Telegram
from virtadmin.notifications.composing import message_of
from virtadmin.notifications.models import BotUserLink, Notification
from virtadmin.servers.models import Server

LOST = 30


@pytest.fixture
def outage(alice: User) -> Notification:
    """The one message of a whole fleet that was lost just now."""
    fleet = Fleet(alice, LOST)
    fleet.now = timezone.now().timestamp()
    fleet.lose(fleet.ids)
    fleet.wait(30)
    [told] = fleet.told()
    assert told.meta["lost_more"] == 10
    return told


def pressable(telegram: BotApi, link: BotUserLink, told: Notification) -> dict[str, Any]:
    """The message as Telegram shows it."""
    Telegram().send(message_of(told), link.channel)
    return dict(telegram.messages[-1])


def labels(telegram: BotApi) -> list[str]:
    keyboard = telegram.messages[-1].get("reply_markup", {}).get("inline_keyboard", [])
    return [button["text"] for row in keyboard for button in row]


def test_all_of_an_outage_are_acknowledged_by_one_button(
    telegram: BotApi, link: BotUserLink, outage: Notification, happen: Happen, alice: User
) -> None:
    shown = pressable(telegram, link, outage)
    assert labels(telegram) == ["Acknowledge all", "Silence all 1 h"]
    query = telegram.presses(shown, "Acknowledge all")
    happen()
    assert telegram.answered[query] == "Acknowledged 30 incidents: nobody is reminded of them any more."
    assert Incident.objects.filter(acknowledged_by=alice, next_repeat=None).count() == LOST
    assert labels(telegram) == ["Silence all 1 h"]
    again = telegram.presses_data(shown, f"ack:m{outage.pk}", sender=telegram.chats[int(CHATS["telegram"])])
    happen()
    assert telegram.answered[again] == "All that is open of these is acknowledged already."


def test_all_are_silenced_for_an_hour(
    telegram: BotApi, link: BotUserLink, outage: Notification, happen: Happen
) -> None:
    Incident.objects.filter(pk=outage.meta["incidents"][0]).update(open_key=None, closed=timezone.now())
    query = telegram.presses(pressable(telegram, link, outage), "Silence all 1 h")
    happen()
    assert telegram.answered[query].startswith("Silenced until ")
    assert telegram.answered[query].endswith(": 29 incidents.")
    assert {(row.kind, (row.ends - row.starts).total_seconds()) for row in Silence.objects.all() if row.ends} == {
        ("lost", 3600.0)
    }
    assert Silence.objects.count() == 29


def test_in_messenger_too(messenger: GraphApi, alice: User) -> None:
    link = linked(alice, "messenger")
    sites = Sites(alice, 3)
    sites.now = timezone.now().timestamp()
    sites.fall(sites.ids[:1])
    sites.now += 1
    sites.fall(sites.ids[1:])
    sites.wait(15)
    _, told = sites.told()
    Messenger().send(message_of(told), link.channel)
    shown = messenger.messages[-1]["message"]["attachment"]["payload"]["buttons"]
    assert [button["title"] for button in shown] == ["Acknowledge all", "Silence all 1 h"]
    for button in shown:
        take(
            messenger.presses(messenger.people[CHATS["messenger"]], button["title"], button["payload"]), timezone.now()
        )
    assert messenger.messages[-2]["message"]["text"] == (
        "Acknowledged 2 incidents: nobody is reminded of them any more."
    )
    assert {row.url_id for row in Silence.objects.all()} == set(sites.ids[1:])


def test_the_others_who_were_told_hear_of_it_in_one_message(
    telegram: BotApi, link: BotUserLink, alice: User, bob: User, happen: Happen
) -> None:
    team = Group.objects.create(name="all of it")
    bob.groups.add(team)
    fleet = Fleet(alice, 6)
    for server in Server.objects.all():
        server.groups.add(team)
    fleet.now = timezone.now().timestamp()
    fleet.lose(fleet.ids)
    fleet.wait(30)
    telegram.presses(pressable(telegram, link, fleet.told()[0]), "Acknowledge all")
    happen()
    assert fleet.titles()[1:] == []
    [message] = fleet.told(bob)[1:]
    assert message.title == "alice looks after 6 alerts"
    assert message.description.startswith(
        "alice looks after these. Nobody is reminded of them any more; test-hub tells you when they are over.\n\n- "
    )
    assert message.description.count("\n- ") == 6


def test_the_log_of_changes_says_who_when_and_which(
    telegram: BotApi, link: BotUserLink, outage: Notification, happen: Happen, alice: User
) -> None:
    LogEntry.objects.all().delete()
    shown = pressable(telegram, link, outage)
    for label in ("Acknowledge all", "Silence all 1 h"):
        telegram.presses(shown, label)
    happen()
    rows = LogEntry.objects.filter(content_type__model="incident", actor=alice)
    assert rows.count() == 2 * LOST
    assert {row.object_id for row in rows} == {*Incident.objects.values_list("pk", flat=True)}
    assert {name for row in rows for name in row.changes} == {"acknowledged", "acknowledged_by", "silenced until"}


def test_nobody_acts_on_what_another_was_told(
    telegram: BotApi, chat: Chat, bob: User, outage: Notification, happen: Happen
) -> None:
    shown = pressable(telegram, linked(bob), outage)
    query = telegram.presses_data(shown, f"ack:m{outage.pk}", sender=chat)
    happen()
    assert telegram.answered[query] == "I do not know these incidents any more."
    assert not Incident.objects.exclude(acknowledged=None).exists()


def test_what_is_over_or_not_theirs_any_more_is_left(
    telegram: BotApi, link: BotUserLink, outage: Notification, happen: Happen, charlie: User
) -> None:
    shown = pressable(telegram, link, outage)
    Incident.objects.update(open_key=None, closed=timezone.now())
    query = telegram.presses(shown, "Acknowledge all")
    happen()
    assert telegram.answered[query] == "All of these are over already."
    Server.objects.update(owner=charlie)
    query = telegram.presses(shown, "Silence all 1 h")
    happen()
    assert telegram.answered[query] == "I do not know these incidents any more."
    assert not Silence.objects.exists()
