"""Messenger: what its webhook brings, and what is answered. (Who may bring anything: `tests/api/test_webhooks`.)"""

from typing import Any

import pytest
from django.utils import timezone

from tests.chatbots.conftest import linked, make_incident, make_server
from tests.fakes.fixtures import CHATS
from tests.fakes.graph import UNAVAILABLE, GraphApi, Person
from virtadmin.accounts.models import User
from virtadmin.chatbots.conversation import UNKNOWN
from virtadmin.chatbots.messenger.answering import parts, take
from virtadmin.chatbots.services import link_create
from virtadmin.notifications.models import BotUserLink
from virtadmin.servers.models import Server


@pytest.fixture
def person(messenger: GraphApi) -> Person:
    return messenger.people[CHATS["messenger"]]


def texts(messenger: GraphApi) -> list[str]:
    messages = [sent["message"] for sent in messenger.messages]
    return [row.get("text") or row["attachment"]["payload"]["text"] for row in messages]


def ref(user: User) -> str:
    return link_create(user=user, actor=user, platform="messenger").partition("ref=")[2]


@pytest.mark.parametrize("new", [True, False], ids=["new conversation", "old conversation"])
def test_following_a_link_links_the_conversation_once(
    messenger: GraphApi, person: Person, alice: User, new: bool
) -> None:
    token = ref(alice)
    take(messenger.follows(person, token, new=new), timezone.now())
    assert BotUserLink.objects.get().user == alice
    assert texts(messenger)[0].startswith("This chat is linked to alice now: what you are told of comes here too.")
    assert "\nstatus – how things are\n" in texts(messenger)[0]
    take(messenger.follows(messenger.person("666"), token), timezone.now())
    assert texts(messenger)[1].startswith("This link was used already")


def test_commands_and_buttons(messenger: GraphApi, person: Person, alice: User, web1: Server) -> None:
    link = linked(alice, "messenger")
    BotUserLink.objects.update(heard=None)
    incident = make_incident(web1)
    take(messenger.writes(person, "incidents"), timezone.now())
    shown = messenger.messages[0]
    assert shown["messaging_type"] == "RESPONSE"
    titles = [button["title"] for button in shown["message"]["attachment"]["payload"]["buttons"]]
    assert titles == ["Acknowledge", "Silence 1 h"]
    take(messenger.presses(person, "Acknowledge", f"ack:{incident.pk}"), timezone.now())
    take(messenger.writes(person, "Silence 1 h", payload=f"silence:{incident.pk}"), timezone.now())
    assert texts(messenger)[1] == "Acknowledged: nobody is reminded of this any more. (web1: CPU at 97 %)"
    assert texts(messenger)[2].startswith("Silenced until ")
    link.refresh_from_db()
    assert link.heard


def test_with_many_incidents_there_are_no_buttons(
    messenger: GraphApi, person: Person, alice: User, web1: Server
) -> None:
    linked(alice, "messenger")
    make_incident(web1)
    make_incident(web1, "ram_usage")
    take(messenger.writes(person, "incidents"), timezone.now())
    assert "attachment" not in messenger.messages[0]["message"]


def test_get_started_without_a_link_is_a_polite_answer(messenger: GraphApi, person: Person, db: None) -> None:
    take(messenger.presses(person, "Get Started", "GET_STARTED"), timezone.now())
    take(messenger.presses(person, "Get Started", "GET_STARTED"), timezone.now())
    assert texts(messenger) == [UNKNOWN]


def test_a_picture_is_answered_by_help(messenger: GraphApi, person: Person, alice: User) -> None:
    linked(alice, "messenger")
    take(messenger.event(person, message={"mid": "m_9", "attachments": [{"type": "image"}]}), timezone.now())
    assert texts(messenger)[0].startswith("I do not understand this.")


def test_a_long_answer_is_several_messages(messenger: GraphApi, person: Person, alice: User) -> None:
    linked(alice, "messenger")
    for number in range(30):
        make_server(alice, f"{number:02}-{'x' * 60}", f"192.0.2.{number}")
    take(messenger.writes(person, "servers"), timezone.now())
    said = texts(messenger)
    assert len(said) == 2
    assert len("\n".join(said).splitlines()) == 30
    assert parts("x" * 3000 + "\ny\n\nz") == ["x" * 3000, "y\n\nz"]


def test_an_event_that_comes_twice_is_answered_once(messenger: GraphApi, person: Person, alice: User) -> None:
    linked(alice, "messenger")
    event = messenger.writes(person, "help")
    take(event, timezone.now())
    take(event, timezone.now())
    assert len(messenger.messages) == 1


def test_what_is_none_of_the_hubs_business_is_left(messenger: GraphApi, person: Person, db: None) -> None:
    bodies: list[dict[str, Any]] = [
        messenger.event(person, read={"watermark": 1}),
        messenger.event(person, delivery={"mids": ["m_1"]}),
        messenger.event(person, message={"is_echo": True, "mid": "m_2", "text": "status"}),
        {"object": "instagram", "entry": [{"messaging": [{"sender": {"id": "1"}, "message": {"text": "x"}}]}]},
        {"object": "page", "entry": [{"messaging": [{"message": {"text": "x"}}]}, {"changes": []}]},
        {},
    ]
    for body in bodies:
        take(body, timezone.now())
    assert messenger.asked == []


def test_a_conversation_that_cannot_be_answered_is_logged(
    messenger: GraphApi, person: Person, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    linked(alice, "messenger")
    person.refuses = UNAVAILABLE
    take(messenger.writes(person, "help"), timezone.now())
    assert "could not be answered: Messenger answered 400: (#551)" in caplog.text
