"""Tokens: got by a password, given back, guessed in vain."""

from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from knox.models import AuthToken
from rest_framework.test import APIClient

from tests.api.conftest import Caller
from tests.api.test_problems import fields, told
from virtadmin.accounts.models import User

PATH = "/api/auth/token/"
RIGHT = {"username": "alice", "password": "alice-password"}
WRONG = {"username": "alice", "password": "guess"}


def test_a_password_gives_a_token_that_lets_in(alice: User) -> None:
    answer = APIClient().post(PATH, {**RIGHT, "otp": ""})
    assert answer.status_code == 200, answer.content
    given = answer.json()
    assert list(given) == ["token", "expiry"]
    days = (parse_datetime(given["expiry"]) - timezone.now()).days  # type: ignore[operator]
    assert days == 89
    assert given["token"] not in str(AuthToken.objects.values().get())
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {given['token']}")
    assert client.get("/api/me/").json()["username"] == "alice"
    alice.refresh_from_db()
    assert alice.last_login


@pytest.mark.parametrize("given", [WRONG, {**WRONG, "username": "nobody"}, {**RIGHT, "password": "ALICE-password"}])
def test_wrong_credentials_are_all_told_alike(alice: User, given: dict[str, str]) -> None:
    answer = APIClient().post(PATH, given)
    assert told(answer, 401)["detail"].startswith("User name, password or one-time code is wrong.")
    assert answer["WWW-Authenticate"] == "Token"


def test_who_was_switched_off_gets_none(alice: User) -> None:
    User.objects.update(is_active=False)
    told(APIClient().post(PATH, RIGHT), 401)


def test_an_old_token_in_the_header_does_not_matter(alice: User) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Token 0ld")
    assert client.post(PATH, RIGHT).status_code == 200


@pytest.mark.parametrize(
    ("given", "field"),
    [({"password": "x"}, "username"), ({"username": "x"}, "password"), ({**RIGHT, "remember": True}, "remember")],
)
def test_missing_and_unknown_fields_are_told(db: None, given: dict[str, Any], field: str) -> None:
    assert fields(told(APIClient().post(PATH, given), 400)).keys() == {field}


def test_asking_too_often_is_refused_for_a_while(alice: User) -> None:
    client = APIClient()
    answers = [client.post(PATH, {}) for _ in range(11)]
    told(answers[10], 429)
    assert 0 < int(answers[10]["Retry-After"]) <= 60


def test_after_ten_wrong_passwords_the_right_one_does_not_help(alice: User) -> None:
    client = APIClient()
    for _ in range(10):
        assert client.post(PATH, WRONG).status_code in (401, 429)
        cache.clear()
    locked = client.post(PATH, RIGHT)
    assert "Too many wrong passwords or codes" in told(locked, 429)["detail"]
    assert int(locked["Retry-After"]) == 900
    assert client.post(PATH, {**RIGHT, "username": "bob"}).status_code == 401


def test_a_token_is_given_back(alice: User, by_token: Caller) -> None:
    client, other = by_token(alice), by_token(alice)
    assert client.post("/api/auth/logout/").status_code == 204
    told(client.get("/api/me/"), 401)
    assert other.get("/api/me/").status_code == 200


def test_a_token_ends(alice: User, by_token: Caller) -> None:
    client = by_token(alice)
    AuthToken.objects.update(expiry=timezone.now())
    told(client.get("/api/me/"), 401)
