"""Linked chats, servers to ask for and incidents to act on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from tests.fakes.fixtures import CHATS
from tests.fakes.telegram import BotApi, Chat
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident
from virtadmin.chatbots.contract import Incoming
from virtadmin.chatbots.models import Commander
from virtadmin.chatbots.telegram.answering import take
from virtadmin.notifications.models import BotUserLink
from virtadmin.notifications.services import chat_link
from virtadmin.notifications.telegram.api import bot
from virtadmin.servers.models import Server, ServerState

Say = Callable[..., str]
Happen = Callable[[], None]


@pytest.fixture(autouse=True)
def _valkey_for_all(valkey: Any) -> None:
    """What was said once is remembered there."""


def make_server(owner: User, name: str, address: str = "192.0.2.1", **state: Any) -> Server:
    """A server that was measured 12 s ago."""
    made = Server.objects.create(owner=owner, name=name, ip_address=address, enrolled=True)
    measured = {
        "status": "up", "cpu_usage": 12.5, "ram_usage": 40.0, "ram_total": 2048, "hdd_usage": 70.25, "hdd_total": 50.0,
        "network_usage_in": 1.25, "network_usage_out": 0.031, "uptime": 270_000,
        "last_update": timezone.now() - timedelta(seconds=12), **state,
    }  # fmt: skip
    ServerState.objects.create(server=made, **measured)
    return made


def make_incident(server: Server, kind: str = "cpu_usage", **more: Any) -> Incident:
    """One that opened five minutes ago."""
    about = {"value": 97.0, "opened": timezone.now() - timedelta(minutes=5), **more}
    return Incident.objects.create(server=server, kind=kind, open_key=f"{server.pk}:{kind}", **about)


@pytest.fixture
def web1(alice: User, bob: User) -> Server:
    """Alice's, shared with Bob's group."""
    server = make_server(alice, "web1")
    group = Group.objects.create(name="web people")
    bob.groups.add(group)
    server.groups.add(group)
    return server


@pytest.fixture
def others(charlie: User) -> Incident:
    """An incident of a server that Alice may not see."""
    return make_incident(make_server(charlie, "secret-server", "192.0.2.66"))


def linked(user: User, platform: str = "telegram", conversation: str = "", sender: str = "") -> BotUserLink:
    """The user's chat, linked a moment ago."""
    number = conversation or CHATS[platform]
    link = chat_link(user=user, platform=platform, conversation=number, title="Ann", now=timezone.now())
    Commander.objects.create(link=link, person=sender or number)
    return link


@pytest.fixture
def link(alice: User) -> BotUserLink:
    """Alice's Telegram chat."""
    return linked(alice)


def incoming(text: str = "", **more: Any) -> Incoming:
    """Something written in Alice's chat."""
    about = {"platform": "telegram", "conversation": CHATS["telegram"], "sender": CHATS["telegram"], "slash": True}
    return Incoming(**{**about, "text": text, **more})


@pytest.fixture
def chat(telegram: BotApi) -> Chat:
    """Ann's chat with the bot."""
    return telegram.chats[int(CHATS["telegram"])]


@pytest.fixture
def happen(telegram: BotApi) -> Happen:
    """Everything that people did in Telegram reaches the hub."""

    def all_of_it() -> None:
        updates = bot().call("getUpdates")
        for update in updates:
            take(update, bot(), telegram.username, timezone.now())
        bot().call("getUpdates", offset=-1)
        if updates:
            bot().call("getUpdates", offset=updates[-1]["update_id"] + 1)

    return all_of_it
