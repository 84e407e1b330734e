"""Messages in a Telegram chat: what they look like, and what each of Telegram's refusals leads to."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.fixtures import CHATS
from tests.fakes.service import Said
from tests.fakes.telegram import TOKEN, BotApi, Chat, Refused, bad, flood
from tests.notifications.conftest import CPU, NOW, line, way
from virtadmin.accounts.models import User
from virtadmin.notifications.channel import ChannelError, Message
from virtadmin.notifications.channels.telegram import Telegram, compose
from virtadmin.notifications.chat_buttons import buttons, pressed
from virtadmin.notifications.delivery import deliver
from virtadmin.notifications.models import BotUserLink, Delivery, Notification, UserChannel
from virtadmin.notifications.telegram.text import TEXT_MAX, cut, units

Write = Callable[..., Notification]
CHAT = int(CHATS["telegram"])


@pytest.fixture
def row(alice: User) -> UserChannel:
    return way(alice, "telegram")


@pytest.fixture
def chat(telegram: BotApi) -> Chat:
    return telegram.chats[CHAT]


def message(person: User) -> Message:
    """One of no incident."""
    return Message(
        id=1,
        uid=UUID(int=1),
        recipient=person,
        level="warning",
        title="A title",
        text="A text.\n",
        html="<p>A text.</p>",
        link="https://hub.example.org/",
        timestamp=NOW,
    )


def alert(person: User, **more: Any) -> Message:
    return replace(message(person), incident=12, **more)


def test_an_alert_is_its_title_and_text_with_buttons(telegram: BotApi, alice: User, row: UserChannel) -> None:
    assert Telegram().send(alert(alice), row) == "Telegram took it as message 1."
    [sent] = telegram.messages
    assert sent["text"] == "A title\n\nA text."
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 7}]
    assert sent["reply_markup"] == {
        "inline_keyboard": [
            [
                {"text": "Acknowledge", "callback_data": "ack:12"},
                {"text": "Silence 1 h", "callback_data": "silence:12"},
            ]
        ]
    }


def test_what_is_over_or_no_incident_has_no_buttons(telegram: BotApi, alice: User, row: UserChannel) -> None:
    for told in (message(alice), alert(alice, level="recovery"), alert(alice, level="info")):
        Telegram().send(told, row)
    assert not any("reply_markup" in sent for sent in telegram.messages)
    assert [call[1].get("disable_notification") for call in telegram.calls] == [None, None, True]


@pytest.mark.parametrize(
    "name",
    ["<b>web</b>", "*web*_1_[x](y)`", "a & b < c", "\\", "😀" * 50, "x" * 10_000, "]]>", "</pre>", "ű\u0301\u202e"],
)
def test_no_name_breaks_a_message(telegram: BotApi, alice: User, row: UserChannel, name: str) -> None:
    Telegram().send(alert(alice, title=f"{name}: CPU"[:200], text=f"CPU of {name} is at 97 %."), row)
    [sent] = telegram.messages
    assert sent["text"].startswith(name[:190])
    assert units(sent["text"]) <= TEXT_MAX


@given(st.text(max_size=300), st.integers(1, 200))
def test_cut_text_is_never_longer_than_asked(text: str, most: int) -> None:
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    kept = cut(text, most)
    assert units(kept) <= most
    assert kept == text or (kept.endswith("…") and text.startswith(kept[:-1]))


@given(st.text(max_size=80))
def test_whatever_a_button_says_is_ours_or_nothing(data: str) -> None:
    found = pressed(data)
    assert found is None or data == f"{found.action}:{data.partition(':')[2]}"


def test_every_button_says_what_it_is(alice: User) -> None:
    assert [pressed(data) for _, data in buttons(alert(alice))] == [("ack", 12, False), ("silence", 12, False)]
    assert pressed("ack:" + "9" * 40) is None


def test_the_buttons_of_several_incidents_are_for_all_of_them(alice: User) -> None:
    told = replace(message(alice), id=10**17, several=True)
    assert [label for label, _ in buttons(told)] == ["Acknowledge all", "Silence all 1 h"]
    assert [pressed(data) for _, data in buttons(told)] == [("ack", 10**17, True), ("silence", 10**17, True)]
    assert all(len(data) <= 64 for _, data in buttons(told)), "Telegram takes no more"
    assert buttons(replace(told, level="recovery")) == []


def refused(row: UserChannel, person: User) -> ChannelError:
    with pytest.raises(ChannelError) as failed:
        Telegram().send(alert(person), row)
    return failed.value


@pytest.mark.parametrize(
    "refusal",
    [
        Refused(403, "Forbidden: bot was blocked by the user"),
        Refused(403, "Forbidden: user is deactivated"),
        Refused(403, "Forbidden: bot was kicked from the supergroup chat"),
        bad("chat not found"),
        bad("group chat was deactivated"),
        bad("not enough rights to send text messages to the chat"),
    ],
    ids=lambda refusal: refusal.description,
)
def test_a_chat_that_is_over_ends_the_channel(chat: Chat, alice: User, row: UserChannel, refusal: Refused) -> None:
    chat.refuses = refusal
    told = refused(row, alice)
    assert (told.gone, told.permanent) == (True, True)
    assert told.message == f"Telegram answered {refusal.code}: {refusal.description}."


def test_a_flood_is_waited_for_as_long_as_was_asked(chat: Chat, alice: User, row: UserChannel) -> None:
    chat.refuses_next = [flood(37)]
    told = refused(row, alice)
    assert (told.retry_after, told.permanent, told.down) == (37, False, False)


def test_a_message_telegram_cannot_take_is_given_up_and_the_channel_stays(
    chat: Chat, alice: User, row: UserChannel
) -> None:
    chat.refuses_next = [bad("message is too long")]
    told = refused(row, alice)
    assert (told.permanent, told.gone) == (True, False)


@pytest.mark.parametrize("token", ["1:revoked", "no token"])
def test_a_wrong_token_ends_nobodys_channel(
    telegram: BotApi, settings: Any, alice: User, row: UserChannel, token: str
) -> None:
    settings.TELEGRAM_TOKEN = token
    told = refused(row, alice)
    assert (told.permanent, told.gone) == (True, False)
    assert told.message == "Telegram refuses the hub's bot: TELEGRAM_TOKEN is wrong or was revoked."


@pytest.mark.parametrize("said", [Said(502, raw=b"<html>bad gateway"), Said(cut=True), Said(500, {"ok": False})])
def test_telegrams_own_trouble_passes(telegram: BotApi, alice: User, row: UserChannel, said: Said) -> None:
    telegram.fails_next = [said]
    told = refused(row, alice)
    assert (told.permanent, told.down) == (False, True)


def test_no_answer_brings_the_token_to_light(
    telegram: BotApi, alice: User, row: UserChannel, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.fails_next = [Said(400, {"ok": False, "error_code": 400, "description": f"no /bot{TOKEN}/sendMessage"})]
    told = refused(row, alice)
    assert "no /bot***/sendMessage" in told.message
    assert TOKEN not in told.message + caplog.text


def test_a_group_that_was_upgraded_is_followed_and_the_message_sent_there(
    telegram: BotApi, alice: User, row: UserChannel
) -> None:
    group = telegram.group(-4001)
    BotUserLink.objects.filter(channel=row).update(conversation="-4001")
    row.link.refresh_from_db()
    telegram.upgrades(group, -1001234567890)
    Telegram().send(alert(alice), row)
    assert [sent["chat"]["id"] for sent in telegram.messages] == [-1001234567890]
    assert BotUserLink.objects.get(channel=row).conversation == "-1001234567890"


def test_one_that_is_linked_under_its_new_id_too_ends_under_the_old(
    telegram: BotApi, alice: User, bob: User, row: UserChannel
) -> None:
    other = UserChannel.objects.create(user=bob, kind="telegram")
    BotUserLink.objects.create(user=bob, platform="telegram", conversation="-100999", channel=other)
    telegram.upgrades(telegram.chats[CHAT], -100999)
    told = refused(row, alice)
    assert (told.gone, told.message) == (True, "This group became another, which is linked by itself.")


def test_one_whose_new_group_refuses_too_is_over(telegram: BotApi, alice: User, row: UserChannel) -> None:
    telegram.upgrades(telegram.group(CHAT), -100999).refuses = Refused(403, "Forbidden: bot was kicked")
    assert refused(row, alice).gone


@pytest.mark.usefixtures("valkey", "mailbox")
def test_a_blocked_bot_is_told_of_and_the_fallback_gets_the_message(
    chat: Chat, alice: User, row: UserChannel, write: Write, mailbox: Any
) -> None:
    email = way(alice, "email")
    email.enabled = False  # else it would be told anyway
    email.save()
    UserChannel.objects.filter(pk=row.pk).update(fallback=email)
    chat.refuses = Refused(403, "Forbidden: bot was blocked by the user")
    told = write(alice, facts=CPU, kind="limit_crossed")
    UserChannel.objects.filter(pk=email.pk).update(enabled=True)
    deliver(notifications=[told.pk], clock=lambda: NOW)
    deliver(notifications=[told.pk], clock=lambda: NOW)
    row.refresh_from_db()
    assert (row.enabled, row.disabled_reason) == (
        False,
        "Telegram answered 403: Forbidden: bot was blocked by the user.",
    )
    assert line("telegram", told).status == Delivery.Status.GIVEN_UP
    assert line("email", told).status == Delivery.Status.SENT
    assert Notification.objects.filter(recipient=alice, kind="channel_disabled").count() == 1


def test_it_says_where_it_leads_and_what_it_lacks(settings: Any, alice: User, row: UserChannel) -> None:
    channel = Telegram()
    assert channel.address(row) == "Ann"
    settings.TELEGRAM_TOKEN = ""
    assert channel.available(alice) == "This hub has no Telegram bot: TELEGRAM_TOKEN is not set."
    assert not channel.reaches(row)
    settings.TELEGRAM_TOKEN = TOKEN
    assert (channel.available(alice), channel.reaches(row), channel.clean(alice, {})) == ("", True, {})
    row.link.title = ""
    assert channel.address(row) == CHATS["telegram"]
    assert channel.address(UserChannel(user=alice, kind="telegram")) == "no chat is linked"


def test_a_long_message_ends_with_a_sign_of_it(alice: User) -> None:
    content = compose(alert(alice, text="process " * 2000))
    assert units(content["text"]) == TEXT_MAX
    assert content["text"].endswith("…")
