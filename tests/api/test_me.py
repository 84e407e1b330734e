"""One's own account over the API."""

import pytest
from django.core.cache import cache
from django.test import Client

from tests.api.conftest import Caller
from tests.api.test_problems import fields, told
from virtadmin.accounts.models import User

CHANGE = {"old_password": "alice-password", "new_password": "another-good-one"}


def test_it_shows_who_one_is(alice: User, by_token: Caller) -> None:
    shown = by_token(alice).get("/api/me/").json()
    assert list(shown) == [
        "uuid", "username", "email", "first_name", "last_name", "time_zone", "role",
        "groups", "last_login",
    ]  # fmt: skip
    assert (shown["uuid"], shown["role"], shown["groups"]) == (str(alice.uuid), "operator", [])


def test_email_and_names_can_be_changed_and_nothing_else(alice: User, by_token: Caller) -> None:
    client = by_token(alice)
    shown = client.patch("/api/me/", {"email": "a@example.net", "first_name": "Al", "role": "admin"}).json()
    assert (shown["email"], shown["first_name"], shown["role"]) == ("a@example.net", "Al", "operator")
    assert fields(told(client.patch("/api/me/", {"is_staff": True}), 400)).keys() == {"is_staff"}


def test_a_new_password_ends_all_other_tokens(alice: User, by_token: Caller) -> None:
    client, other = by_token(alice), by_token(alice)
    assert client.post("/api/me/password/", CHANGE).status_code == 204
    assert client.get("/api/me/").status_code == 200
    told(other.get("/api/me/"), 401)
    alice.refresh_from_db()
    assert alice.check_password("another-good-one")


def test_a_new_password_keeps_the_session_it_was_set_in(alice: User) -> None:
    client, other = Client(), Client()
    for session in (client, other):
        session.force_login(alice)
    assert client.post("/api/me/password/", CHANGE, content_type="application/json").status_code == 204
    assert client.get("/api/me/").status_code == 200
    told(other.get("/api/me/"), 401)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"old_password": "guess"}, "old_password"),
        ({"new_password": "short"}, "new_password"),
        ({"new_password": "1234567890"}, "new_password"),
        ({"new_password": ""}, "new_password"),
    ],
)
def test_a_wrong_old_and_a_weak_new_password_are_refused(
    alice: User, by_token: Caller, change: dict[str, str], field: str
) -> None:
    assert fields(told(by_token(alice).post("/api/me/password/", {**CHANGE, **change}), 400)).keys() == {field}
    alice.refresh_from_db()
    assert alice.check_password("alice-password")


def test_who_holds_a_token_cannot_guess_the_password_by_it(alice: User, by_token: Caller) -> None:
    client = by_token(alice)
    answers = [client.post("/api/me/password/", {**CHANGE, "old_password": "guess"}) for _ in range(11)]
    told(answers[10], 429)
    cache.clear()  # the minute is over, the lock is not
    assert "Too many wrong tries" in told(client.post("/api/me/password/", CHANGE), 409)["detail"]
