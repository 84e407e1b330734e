"""Links over the API: one's own, anybody's for admins."""

from typing import Any
from uuid import uuid4

from rest_framework.test import APIClient

from tests.api.conftest import Caller
from tests.api.test_problems import fields, told
from tests.fakes.telegram import BotApi
from virtadmin.accounts.models import User

PATH = "/api/chatbot/"


def ask(client: APIClient, user: Any, platform: str = "telegram") -> Any:
    return client.post(PATH, {"user": str(user), "platform": platform})


def test_a_person_gets_a_link_of_their_own(telegram: BotApi, bob: User, by_token: Caller) -> None:
    answer = ask(by_token(bob), bob.uuid)
    assert answer.status_code == 201
    assert list(answer.json()) == ["link"]
    assert answer.json()["link"].startswith("https://t.me/virtadmin_test_bot?start=")


def test_whether_others_exist_is_not_told(telegram: BotApi, alice: User, bob: User, by_token: Caller) -> None:
    client = by_token(alice)
    assert told(ask(client, bob.uuid), 403) == told(ask(client, uuid4()), 403)
    assert APIClient().post(PATH, {}).status_code == 401


def test_admins_make_links_for_anybody(telegram: BotApi, bob: User, admin_person: User, by_token: Caller) -> None:
    client = by_token(admin_person)
    assert ask(client, bob.uuid).status_code == 201
    assert fields(told(ask(client, uuid4()), 400)) == {"user": "There is no such user."}


def test_what_is_wrong_is_named(telegram: BotApi, alice: User, by_token: Caller) -> None:
    client = by_token(alice)
    assert fields(told(ask(client, "x", "icq"), 400)).keys() == {"user", "platform"}
    assert fields(told(client.post(PATH, {"link": "x"}), 400)).keys() == {"user", "platform", "link"}
    assert told(ask(client, alice.uuid, "messenger"), 409)["detail"].startswith("This hub has no Facebook page")
