"""For every channel the other side, as real as it can be here, and how to make it fail in each way it can."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.fakes.fixtures import CHATS
from tests.fakes.graph import APP_SECRET, NO_USER, PAGE_TOKEN, RATE, TEMPORARY, UNAVAILABLE
from tests.fakes.graph import Refused as GraphRefused
from tests.fakes.service import Said
from tests.fakes.telegram import TOKEN, bad, flood
from tests.notifications.conftest import PASSWORD, way
from virtadmin.accounts.models import User
from virtadmin.accounts.roles import Role
from virtadmin.notifications.models import UserChannel
from virtadmin.servers.models import ServerState

NOWHERE = "http://127.0.0.1:1"
HOOK_TOKEN = "s3cr3t-t0ken-of-a-hook"
PAUSE = 77
Act = Callable[[], None]


@dataclass
class World:
    """A person's channel that works, until one of `fails` is called; each by the kind of error it must lead to."""

    row: UserChannel
    taken: Callable[[], int] | None
    """How many messages the other side has; None where it cannot be asked."""
    fails: dict[str, Act] = field(default_factory=dict)
    heals: Act = lambda: None


def in_page(request: pytest.FixtureRequest, person: User) -> World:
    request.getfixturevalue("valkey")
    settings = request.getfixturevalue("settings")
    return World(
        way(person, "in_page"), None, {"down": setting(settings, REDIS_URL=f"redis://:{PASSWORD}@127.0.0.1:1")}
    )


def email(request: pytest.FixtureRequest, person: User) -> World:
    box, settings = request.getfixturevalue("mailbox"), request.getfixturevalue("settings")

    def over() -> None:
        box.recipient_answer = f"550 5.1.1 No such user; you are {PASSWORD}"

    def login() -> None:
        box.login_answer = f"535 5.7.8 Wrong: {PASSWORD}"

    return World(
        way(person, "email"),
        lambda: len(box.mails),
        {
            "down": setting(settings, EMAIL_PORT=1),
            "down, login refused": login,
            "passing": lambda: box.answers.append(f"451 4.3.0 Later, {PASSWORD}"),
            "permanent": lambda: box.answers.append(f"554 5.7.1 Spam from {PASSWORD}"),
            "gone": over,
        },
    )


def server_log(request: pytest.FixtureRequest, person: User) -> World:
    server = request.getfixturevalue("answering")

    def lost() -> None:
        ServerState.objects.filter(server=server).update(status=ServerState.Status.DOWN)

    return World(way(person, "server_log"), None, {"permanent": lost})


def telegram(request: pytest.FixtureRequest, person: User) -> World:
    api, settings = request.getfixturevalue("telegram"), request.getfixturevalue("settings")
    chat = api.chats[int(CHATS["telegram"])]
    return World(
        way(person, "telegram"),
        lambda: len(api.messages),
        {
            "down": setting(settings, TELEGRAM_API_URL=NOWHERE),
            "down, in trouble": lambda: api.fails_next.append(Said(502, {"ok": False, "description": TOKEN})),
            "pause": lambda: chat.refuses_next.append(flood(PAUSE)),
            "permanent": lambda: chat.refuses_next.append(bad(f"message is too long, {TOKEN}")),
            "gone": lambda: api.blocks(chat),
        },
    )


def messenger(request: pytest.FixtureRequest, person: User) -> World:
    api, settings = request.getfixturevalue("messenger"), request.getfixturevalue("settings")
    ann = api.people[CHATS["messenger"]]

    def refuses(error: GraphRefused) -> Act:
        return lambda: ann.refuses_next.append(error)

    return World(
        way(person, "messenger"),
        lambda: len(api.messages),
        {
            "down": setting(settings, GRAPH_API_URL=NOWHERE),
            "passing": refuses(TEMPORARY),
            "pause": refuses(RATE),
            "permanent": refuses(GraphRefused(400, f"(#100) Empty text {PAGE_TOKEN}", 100)),
            "gone": refuses(NO_USER),
            "gone, unavailable": refuses(UNAVAILABLE),
        },
    )


def apprise(request: pytest.FixtureRequest, person: User) -> World:
    hook = request.getfixturevalue("hook")
    person.role = Role.ADMIN
    person.save()
    row = way(person, "apprise")
    row.settings = {"url": f"json://hub:{HOOK_TOKEN}@127.0.0.1:{hook.port}/x?-token={HOOK_TOKEN}", "address": "JSON"}
    row.save()
    return World(
        row,
        lambda: sum(status == 200 for status in hook.said),
        {
            "passing": lambda: hook.answer(500, f"Internal trouble with {HOOK_TOKEN}"),
            "pause": lambda: hook.answer(429, f"Slow down, {HOOK_TOKEN}", Retry_After=str(PAUSE)),
            "permanent": lambda: hook.answer(400, f"What is {HOOK_TOKEN}?"),
            "gone": lambda: hook.answer(410, f"No {HOOK_TOKEN} here any more"),
        },
    )


WORLDS: dict[str, Callable[[pytest.FixtureRequest, User], World]] = {
    "in_page": in_page,
    "email": email,
    "server_log": server_log,
    "telegram": telegram,
    "messenger": messenger,
    "apprise": apprise,
}
SECRETS = (PASSWORD, TOKEN, PAGE_TOKEN, APP_SECRET, HOOK_TOKEN)
FAILURES = {
    "in_page": ["down"],
    "email": ["down", "down, login refused", "passing", "permanent", "gone"],
    "server_log": ["permanent"],
    "telegram": ["down", "down, in trouble", "pause", "permanent", "gone"],
    "messenger": ["down", "passing", "pause", "permanent", "gone", "gone, unavailable"],
    "apprise": ["passing", "pause", "permanent", "gone"],
}
"""The ways each can fail, by name before it is made; a world that has others is told by a test."""


def setting(settings: Any, **values: Any) -> Act:
    def change() -> None:
        for name, value in values.items():
            setattr(settings, name, value)

    return change
