"""Updates of Telegram: what they become, and what the bot does then."""

from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from tests.chatbots.conftest import Happen, linked, make_incident
from tests.fakes.fixtures import CHATS
from tests.fakes.telegram import BotApi, Chat
from virtadmin.accounts.models import User
from virtadmin.chatbots.conversation import NOT_YOURS, UNKNOWN
from virtadmin.chatbots.services import link_create
from virtadmin.chatbots.telegram import answering
from virtadmin.chatbots.telegram.updates import read
from virtadmin.notifications.models import BotUserLink, Notification, UserChannel
from virtadmin.notifications.telegram.api import bot
from virtadmin.notifications.telegram.text import keyboard
from virtadmin.servers.models import Server


def start(user: User) -> str:
    return link_create(user=user, actor=user, platform="telegram").partition("start=")[2]


def texts(telegram: BotApi) -> list[str]:
    return [sent["text"] for sent in telegram.messages]


@pytest.fixture
def alert(telegram: BotApi, chat: Chat, web1: Server) -> dict[str, Any]:
    """A message about an open incident, in Ann's chat."""
    incident = make_incident(web1)
    rows = [[("Acknowledge", f"ack:{incident.pk}"), ("Silence 1 h", f"silence:{incident.pk}")]]
    sent = bot().call("sendMessage", chat_id=chat.id, text="CPU!", reply_markup=keyboard(rows))
    return dict(next(row for row in telegram.messages if row["message_id"] == sent["message_id"]))


def test_following_a_link_links_the_chat_and_a_replay_is_refused(
    telegram: BotApi, chat: Chat, alice: User, happen: Happen
) -> None:
    token = start(alice)
    telegram.says(chat, f"/start {token}")
    happen()
    head, _, rest = texts(telegram)[0].partition("\n\n")
    assert head == "This chat is linked to alice now: what you are told of comes here too."
    assert rest.startswith("I tell you when a server or a website needs you")
    assert BotUserLink.objects.get().title == "Ann"
    stranger = telegram.person(666, "Mallory")
    telegram.says(stranger, f"/start {token}")
    happen()
    assert texts(telegram)[1] == (
        "This link was used already; each one works once. Make a new one on your hub's page, under Channels."
    )
    assert BotUserLink.objects.count() == 1


def test_a_group_is_linked_and_obeys_who_linked_it(telegram: BotApi, chat: Chat, alice: User, happen: Happen) -> None:
    group, other = telegram.group(-4001, "Ops <3"), telegram.person(77, "Bob")
    telegram.says(group, f"/start@{telegram.username} {start(alice)}", sender=chat)
    happen()
    assert texts(telegram)[0].startswith(
        "This group is linked to alice now: what alice is told of comes here too. Only alice commands here."
    )
    assert BotUserLink.objects.get().title == "Ops <3"
    for who in (other, other, chat):
        telegram.says(group, "/status", sender=who)
    telegram.says(group, "/status@another_bot", sender=chat)
    telegram.says(group, "we should start a new server", sender=chat)
    happen()
    assert texts(telegram)[1:] == [NOT_YOURS, "No server is watched yet for you. Add one on your hub's page."]


def test_a_button_acknowledges_once_and_goes(
    telegram: BotApi, link: BotUserLink, alert: dict[str, Any], happen: Happen
) -> None:
    query = telegram.presses(alert, "Acknowledge")
    happen()
    assert telegram.answered[query] == "Acknowledged: nobody is reminded of this any more. (web1: CPU at 97 %)"
    rows = telegram.messages[0]["reply_markup"]["inline_keyboard"]
    assert [button["text"] for row in rows for button in row] == ["Silence 1 h"]
    telegram.presses(telegram.messages[0], "Silence 1 h")
    happen()
    assert telegram.messages[0]["reply_markup"] == {}
    assert len(telegram.messages) == 1  # nothing is written: the button itself answers


def test_a_stranger_in_the_group_presses_in_vain(
    telegram: BotApi, alice: User, alert: dict[str, Any], happen: Happen
) -> None:
    linked(alice, conversation=CHATS["telegram"], sender="11")
    alert["chat"] = {**alert["chat"], "type": "group"}
    query = telegram.presses(alert, "Acknowledge", sender=telegram.person(77))
    happen()
    assert telegram.answered[query] == NOT_YOURS
    assert telegram.messages[0]["reply_markup"]["inline_keyboard"][0][0]["text"] == "Acknowledge"


def test_a_made_up_button_is_answered_with_nothing_of_others(
    telegram: BotApi, chat: Chat, link: BotUserLink, others: Any, alert: dict[str, Any], happen: Happen
) -> None:
    query = telegram.presses_data(alert, f"ack:{others.pk}", sender=chat)
    happen()
    assert telegram.answered[query] == "I do not know this incident any more."


def test_a_button_in_a_chat_that_was_unlinked_ends_its_spinner(
    telegram: BotApi, alert: dict[str, Any], happen: Happen
) -> None:
    first, second = (telegram.presses(alert, "Acknowledge") for _ in range(2))
    happen()
    assert telegram.answered == {first: UNKNOWN[:199].rstrip() + "…" if len(UNKNOWN) > 200 else UNKNOWN, second: ""}


def test_an_update_that_comes_twice_is_answered_once(
    telegram: BotApi, chat: Chat, link: BotUserLink, happen: Happen
) -> None:
    telegram.says(chat, "/help")
    [update] = bot().call("getUpdates")
    for _ in range(2):
        answering.take(update, bot(), telegram.username, timezone.now())
    assert len(telegram.messages) == 1


def test_what_is_none_of_the_bots_business_is_left(
    telegram: BotApi, chat: Chat, link: BotUserLink, happen: Happen
) -> None:
    robot = {"id": 9, "is_bot": True, "first_name": "Robot"}
    written = {"message_id": 1, "date": 1, "chat": chat.shown(), "from": robot, "text": "/status"}
    telegram.happens(message=written)
    telegram.happens(message={**written, "from": {"id": 5, "is_bot": False}, "text": ""})
    telegram.happens(message={**written, "chat": {"id": -5, "type": "channel", "title": "News"}})
    telegram.happens(edited_message=written)
    telegram.happens(callback_query={"id": "1", "from": robot, "data": "ack:1"})
    happen()
    assert telegram.messages == []


def test_blocking_the_bot_ends_the_channel_and_unblocking_opens_it(
    telegram: BotApi, chat: Chat, link: BotUserLink, happen: Happen
) -> None:
    telegram.blocks(chat)
    happen()
    channel = UserChannel.objects.get(pk=link.channel_id)
    assert (channel.enabled, channel.disabled_reason) == (False, "You blocked the bot.")
    assert Notification.objects.get().kind == "channel_disabled"
    telegram.unblocks(chat)
    happen()
    assert UserChannel.objects.get(pk=link.channel_id).enabled
    stranger = telegram.person(666)
    telegram.blocks(stranger)
    telegram.unblocks(stranger)
    happen()
    assert telegram.messages == []


def test_a_group_that_is_upgraded_stays_linked(telegram: BotApi, chat: Chat, alice: User, happen: Happen) -> None:
    linked(alice, conversation="-4001", sender=str(chat.id))
    group = telegram.group(-4001)
    telegram.upgrades(group, -1009)
    telegram.tells_of_upgrade(group, -1009, chat)
    happen()
    assert BotUserLink.objects.get().conversation == "-1009"
    telegram.tells_of_upgrade(group, -1009, chat)  # told again, now that it is linked there already
    telegram.says(telegram.chats[-1009], "/help", sender=chat)
    happen()
    assert len(telegram.messages) == 1


def test_a_chat_that_cannot_be_answered_is_logged_without_the_token(
    telegram: BotApi, chat: Chat, link: BotUserLink, happen: Happen, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.says(chat, "/help")
    telegram.blocks(chat)
    happen()
    assert "could not be answered: Telegram answered 403" in caplog.text
    assert telegram.token not in caplog.text


def test_a_surprise_in_one_update_is_over_with_it(
    telegram: BotApi, chat: Chat, link: BotUserLink, happen: Happen, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.happens(message={"chat": "nonsense"})
    telegram.says(chat, "/help")
    happen()
    assert len(telegram.messages) == 1
    assert "could not be answered" in caplog.text


def test_an_update_comes_again_when_the_database_was_away(
    telegram: BotApi, chat: Chat, link: BotUserLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram.says(chat, "/help")
    [update] = bot().call("getUpdates")

    def away(*_: object) -> None:
        raise OperationalError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(answering, "hear", away)
        with pytest.raises(OperationalError):
            answering.take(update, bot(), telegram.username, timezone.now())
    answering.take(update, bot(), telegram.username, timezone.now())
    assert len(telegram.messages) == 1


def test_titles_are_one_line() -> None:
    chat = {"id": 5, "type": "private", "first_name": "A\nnn", "last_name": "\u202eX"}
    found: Any = read({"message": {"chat": chat, "from": {"id": 5}, "text": "hi"}}, "hub_bot")
    assert found.title == "A nn X"
    assert read({"update_id": 1, "poll": {}}, "hub_bot") is None
