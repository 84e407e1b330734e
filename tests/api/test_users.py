"""Accounts over the API."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from knox.models import AuthToken
from rest_framework.test import APIClient

from tests.api.conftest import Caller
from tests.api.test_problems import fields, told
from virtadmin.accounts.models import User

PATH = "/api/users/"
NEW = {"username": "dora", "password": "a-long-enough-one", "role": "operator"}


@pytest.fixture
def client(admin_person: User, by_token: Caller) -> APIClient:
    return by_token(admin_person)


def test_an_admin_makes_an_account(client: APIClient) -> None:
    Group.objects.create(name="team")
    answer = client.post(PATH, {**NEW, "email": "dora@example.org", "groups": ["team"]})
    shown = answer.json()
    assert answer.status_code == 201, shown
    assert answer["Location"] == f"{PATH}{shown['uuid']}/"
    assert list(shown) == [
        "uuid", "username", "email", "first_name", "last_name", "role", "groups", "is_active",
        "last_login", "date_joined",
    ]  # fmt: skip
    assert (shown["role"], shown["groups"], shown["is_active"]) == ("operator", ["team"], True)
    assert APIClient().post("/api/auth/token/", {k: NEW[k] for k in ("username", "password")}).status_code == 200


def test_a_demoted_admin_no_longer_sees_everything(client: APIClient, alice: User) -> None:
    path = f"{PATH}{alice.uuid}/"
    for role, sees_all in (("admin", True), ("viewer", False)):
        assert client.patch(path, {"role": role}).json()["role"] == role
        alice.refresh_from_db()
        assert (alice.sees_all, alice.is_staff) == (sees_all, sees_all)


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "viewer"}])
def test_the_last_admin_stays_one(client: APIClient, admin_person: User, change: dict[str, Any]) -> None:
    assert "Somebody has to stay" in told(client.patch(f"{PATH}{admin_person.uuid}/", change), 409)["detail"]
    admin_person.refresh_from_db()
    assert admin_person.is_active
    assert admin_person.role == "admin"


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "another-good-one"}])
def test_switching_off_or_a_new_password_ends_the_tokens(
    client: APIClient, alice: User, by_token: Caller, change: dict[str, Any]
) -> None:
    by_token(alice)
    assert client.patch(f"{PATH}{alice.uuid}/", change).status_code == 200
    assert not AuthToken.objects.filter(user=alice).exists()


def test_what_was_read_can_be_put_back_with_a_password(client: APIClient, alice: User) -> None:
    path = f"{PATH}{alice.uuid}/"
    before = client.get(path).json()
    answer = client.put(path, {**before, "password": "another-good-one", "first_name": "Al"})
    assert answer.json() == {**before, "first_name": "Al"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "root"}, "username"),
        ({"username": "with blanks"}, "username"),
        ({"password": "dora"}, "password"),
        ({"role": "king"}, "role"),
        ({"groups": ["none"]}, "groups"),
        ({"groups": ["no\0ne"]}, "groups"),
        ({"email": "nowhere"}, "email"),
        ({"is_superuser": True}, "is_superuser"),
    ],
)
def test_a_wrong_value_is_told_at_its_field(client: APIClient, change: dict[str, Any], field: str) -> None:
    assert fields(told(client.post(PATH, {**NEW, **change}), 400)).keys() == {field}
    assert not User.objects.filter(username="dora").exists()


def test_accounts_are_found(client: APIClient, alice: User, bob: User) -> None:
    bob.groups.add(Group.objects.create(name="team"))
    expected = {
        "role=viewer": ["bob"],
        "group=team": ["bob"],
        "search=alice@": ["alice"],
        "ordering=-username": ["root", "bob", "alice"],
    }
    for query, found in expected.items():
        assert [row["username"] for row in client.get(f"{PATH}?{query}").json()["results"]] == found, query
