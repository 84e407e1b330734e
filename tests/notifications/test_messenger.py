"""Messages in a Messenger conversation: the window of 24 hours, the forms of messages, and every kind of refusal."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.fakes.fixtures import CHATS
from tests.fakes.graph import (
    APP_SECRET,
    NO_USER,
    OUTSIDE_WINDOW,
    PAGE_TOKEN,
    RATE,
    TEMPORARY,
    UNAVAILABLE,
    GraphApi,
    Person,
    Refused,
    signature,
)
from tests.notifications.conftest import way
from tests.notifications.test_telegram import message
from virtadmin.accounts.models import User
from virtadmin.notifications.channel import ChannelError
from virtadmin.notifications.channels.messenger import Messenger
from virtadmin.notifications.messenger.api import signed
from virtadmin.notifications.models import UserChannel


@pytest.fixture
def row(alice: User) -> UserChannel:
    return way(alice, "messenger")


@pytest.fixture
def person(messenger: GraphApi) -> Person:
    return messenger.people[CHATS["messenger"]]


def send(person: User, row: UserChannel, **more: Any) -> str:
    return Messenger().send(replace(message(person), incident=12, **more), row)


def refused(person: User, row: UserChannel) -> ChannelError:
    with pytest.raises(ChannelError) as failed:
        send(person, row)
    assert PAGE_TOKEN not in failed.value.message
    return failed.value


def test_a_short_alert_has_buttons_that_stay(messenger: GraphApi, alice: User, row: UserChannel) -> None:
    assert send(alice, row) == "Messenger took it as message m_1."
    [sent] = messenger.messages
    template = sent["message"]["attachment"]["payload"]
    assert template["text"] == "A title\n\nA text."
    assert [(button["title"], button["payload"]) for button in template["buttons"]] == [
        ("Acknowledge", "ack:12"),
        ("Silence 1 h", "silence:12"),
    ]
    assert sent["messaging_type"] == "UPDATE"
    [asked] = messenger.asked
    assert asked.path.startswith("/v23.0/")
    assert PAGE_TOKEN not in asked.path + str(asked.query)
    assert asked.query["appsecret_proof"]


def test_a_longer_one_has_quick_replies_and_the_longest_is_cut(
    messenger: GraphApi, alice: User, row: UserChannel
) -> None:
    send(alice, row, text="x" * 1000)
    send(alice, row, text="<b>&*_ " * 2000)
    send(alice, row, level="recovery", text="y" * 3000)
    first, second, third = (sent["message"] for sent in messenger.messages)
    assert [reply["payload"] for reply in first["quick_replies"]] == ["ack:12", "silence:12"]
    assert len(second["text"]) <= 2000
    assert second["text"].endswith("…")
    assert "quick_replies" not in third


def test_outside_the_window_nothing_is_asked_and_the_reason_is_told(
    messenger: GraphApi, alice: User, row: UserChannel
) -> None:
    row.link.heard = timezone.now() - timedelta(hours=24)
    told = refused(alice, row)
    assert (told.permanent, told.gone) == (True, False)
    assert told.message.startswith("Messenger closed on ")
    assert told.message.endswith("Write to open it again.")
    row.link.heard = None
    assert refused(alice, row).message.startswith("Messenger closed: ")
    assert messenger.asked == []


def test_and_so_when_only_messenger_knows_that_it_closed(person: Person, alice: User, row: UserChannel) -> None:
    person.refuses_next = [OUTSIDE_WINDOW]
    told = refused(alice, row)
    assert (told.permanent, told.gone) == (True, False)
    assert told.message.startswith("Messenger closed: it may be written to for 24 hours")


@pytest.mark.parametrize("refusal", [UNAVAILABLE, NO_USER], ids=str)
def test_a_person_who_is_gone_ends_the_channel(person: Person, alice: User, row: UserChannel, refusal: Refused) -> None:
    person.refuses = refusal
    assert refused(alice, row).gone


def test_a_rate_limit_is_obeyed_for_as_long_as_it_says(
    messenger: GraphApi, person: Person, alice: User, row: UserChannel
) -> None:
    person.refuses_next = [RATE, RATE]
    told = refused(alice, row)
    assert (told.retry_after, told.down, told.permanent) == (60, True, False)
    messenger.headers = {"X-Business-Use-Case-Usage": '{"1": [{"estimated_time_to_regain_access": 7}]}'}
    assert refused(alice, row).retry_after == 7 * 60


def test_trouble_of_one_message_holds_no_others(person: Person, alice: User, row: UserChannel) -> None:
    person.refuses_next = [TEMPORARY, Refused(500, "An unexpected error has occurred.", 2)]
    first, second = refused(alice, row), refused(alice, row)
    assert (first.permanent, first.down) == (False, False)
    assert (second.permanent, second.down) == (False, True)


def test_any_other_refusal_is_of_the_message(person: Person, alice: User, row: UserChannel) -> None:
    person.refuses_next = [Refused(400, "(#100) Invalid parameter", 100)]
    told = refused(alice, row)
    assert (told.permanent, told.gone, told.message) == (
        True,
        False,
        "Messenger answered 400: (#100) Invalid parameter.",
    )


def test_a_wrong_token_ends_nobodys_channel(messenger: GraphApi, settings: Any, alice: User, row: UserChannel) -> None:
    settings.MESSENGER_PAGE_TOKEN = "another"
    told = refused(alice, row)
    assert (told.permanent, told.gone) == (True, False)
    assert told.message.startswith("Messenger refuses the hub's page: MESSENGER_PAGE_TOKEN is wrong")


def test_a_version_in_the_address_is_used(messenger: GraphApi, settings: Any, alice: User, row: UserChannel) -> None:
    settings.GRAPH_API_URL = f"{messenger.url}/v31.0"
    send(alice, row)
    assert messenger.asked[0].path == "/v31.0/me/messages"


def test_it_says_until_when_it_is_open(settings: Any, messenger: GraphApi, alice: User, row: UserChannel) -> None:
    channel = Messenger()
    assert channel.address(row).startswith("Ann, open until ")
    row.link.heard = None
    assert channel.address(row) == "Ann, closed until you write there again"
    assert channel.address(UserChannel(user=alice, kind="messenger")) == "no conversation is linked"
    assert (channel.available(alice), channel.clean(alice, {})) == ("", {})
    settings.MESSENGER_PAGE = ""
    assert channel.available(alice) == "This hub has no Facebook page: the MESSENGER settings are not complete."


def test_only_what_messenger_signed_is_believed(messenger: GraphApi, settings: Any) -> None:
    assert signed(b"{}", signature(b"{}"))
    assert not signed(b"{ }", signature(b"{}"))
    assert not signed(b"{}", "sha256=ümlaut")
    assert not signed(b"{}", "")
    settings.MESSENGER_APP_SECRET = ""
    assert not signed(b"{}", signature(b"{}", ""))
    assert APP_SECRET not in signature(b"{}")
