"""Two-factor sign-in over the API: tokens take a code, and it is set up and switched off."""

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from tests.accounts.phone import Phone, set_up
from tests.api.conftest import Caller
from tests.api.test_problems import fields, told
from virtadmin.accounts.models import User
from virtadmin.accounts.two_factor import two_factor_on

TOKEN = "/api/auth/token/"
PATH = "/api/me/two-factor/"
RIGHT = {"username": "alice", "password": "alice-password"}


def test_a_token_takes_a_code_and_a_code_gives_one_token(alice: User) -> None:
    phone, codes = set_up(alice)
    code = phone.code()
    assert APIClient().post(TOKEN, {**RIGHT, "otp": code}).status_code == 200
    told(APIClient().post(TOKEN, {**RIGHT, "otp": code}), 401)
    assert APIClient().post(TOKEN, {**RIGHT, "otp": codes[0]}).status_code == 200
    told(APIClient().post(TOKEN, {**RIGHT, "otp": codes[0]}), 401)


def test_it_is_not_told_whether_password_or_code_was_wrong(alice: User, bob: User) -> None:
    phone, _ = set_up(alice)
    tries = [
        RIGHT,
        {**RIGHT, "otp": phone.wrong()},
        {**RIGHT, "password": "guess", "otp": phone.code()},
        {**RIGHT, "password": "guess"},
        {"username": "bob", "password": "guess"},
    ]
    answers = [told(APIClient().post(TOKEN, given), 401) for given in tries]
    assert all(answer == answers[0] for answer in answers)
    assert "`otp`" in answers[0]["detail"]


def test_a_wrong_password_does_not_use_up_the_code(alice: User) -> None:
    phone, _ = set_up(alice)
    code = phone.code()
    told(APIClient().post(TOKEN, {**RIGHT, "password": "guess", "otp": code}), 401)
    assert APIClient().post(TOKEN, {**RIGHT, "otp": code}).status_code == 200


def test_codes_cannot_be_guessed(alice: User) -> None:
    phone, _ = set_up(alice)
    for _ in range(10):
        APIClient().post(TOKEN, {**RIGHT, "otp": phone.wrong()})
        cache.clear()
    told(APIClient().post(TOKEN, {**RIGHT, "otp": phone.code()}), 429)


def test_it_is_set_up_and_switched_off_over_the_api(alice: User, by_token: Caller) -> None:
    client = by_token(alice)
    assert client.get(PATH).json() == {"enabled": False, "demanded": False, "recovery_codes_left": 0}
    begun = client.post(PATH)
    assert begun.status_code == 201
    assert begun.json()["secret"] in begun.json()["uri"]
    phone, mine = Phone(begun.json()["secret"]), {"password": "alice-password"}
    assert fields(told(client.post(f"{PATH}confirm/", {**mine, "code": phone.wrong()}), 400)).keys() == {"code"}
    stolen = {"password": "guess", "code": phone.code(-1)}
    assert fields(told(client.post(f"{PATH}confirm/", stolen), 400)).keys() == {"password"}
    codes = client.post(f"{PATH}confirm/", {**mine, "code": phone.code(-1)}).json()["recovery_codes"]
    assert len(codes) == 10
    told(client.post(PATH), 409)
    told(client.post(f"{PATH}confirm/", {**mine, "code": phone.code()}), 409)
    assert client.post(f"{PATH}recovery-codes/", {"code": phone.code()}).status_code == 200
    assert client.get(PATH).json() == {"enabled": True, "demanded": False, "recovery_codes_left": 10}
    gone = {"password": "alice-password", "code": codes[0]}
    assert fields(told(client.post(f"{PATH}end/", gone), 400)).keys() == {"code"}
    off = client.post(f"{PATH}end/", {"password": "alice-password", "code": phone.code(1)})
    assert off.json()["enabled"] is False


def test_who_holds_a_token_cannot_guess_codes_by_it(alice: User, by_token: Caller) -> None:
    client = by_token(alice)
    phone, _ = set_up(alice)
    for _ in range(10):
        client.post(f"{PATH}recovery-codes/", {"code": phone.wrong()})
    assert "Too many wrong tries" in told(client.post(f"{PATH}recovery-codes/", {"code": phone.code()}), 409)["detail"]
    assert two_factor_on(alice)


@pytest.mark.parametrize("setting", ["all", "staff"])
def test_where_it_is_demanded_there_is_no_token_without_it(
    alice: User, admin_person: User, by_token: Caller, settings: object, setting: str
) -> None:
    token, session = by_token(admin_person), Client()
    session.force_login(admin_person)
    settings.REQUIRE_TOTP = setting  # type: ignore[attr-defined]
    given = {"username": "root", "password": "admin-password"}
    assert "set it up there first" in told(APIClient().post(TOKEN, given), 403)["detail"]
    told(token.get("/api/server/"), 403)
    told(session.get("/api/server/"), 403)
    told(token.get("/metrics"), 403)
    assert APIClient().post(TOKEN, RIGHT).status_code == (403 if setting == "all" else 200)
    phone, _ = set_up(admin_person)
    assert APIClient().post(TOKEN, {**given, "otp": phone.code()}).status_code == 200
    assert token.get("/api/server/").status_code == 200
    assert session.get("/api/server/").status_code == 200
