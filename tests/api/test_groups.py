"""Groups over the API: made, filled, renamed, deleted."""

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from rest_framework.test import APIClient

from tests.api.conftest import Caller
from tests.api.test_problems import fields, told
from virtadmin.accounts.models import User

PATH = "/api/groups/"


@pytest.fixture
def client(admin_person: User, by_token: Caller) -> APIClient:
    return by_token(admin_person)


def test_a_group_is_made_filled_renamed_and_deleted(client: APIClient, alice: User, bob: User) -> None:
    made = client.post(PATH, {"name": "web people", "members": ["alice"]})
    assert made.status_code == 201
    shown = made.json()
    assert (shown["name"], shown["members"]) == ("web people", ["alice"])
    path = made["Location"]
    assert client.patch(path, {"members": ["bob"]}).json()["members"] == ["bob"]
    assert client.put(path, {"name": "site people"}).json() == {**shown, "name": "site people", "members": ["bob"]}
    assert client.get(f"{PATH}?search=site").json()["count"] == 1
    assert client.delete(path).status_code == 204
    assert not Group.objects.exists()
    assert not bob.groups.exists()


def test_who_is_in_a_group_is_in_the_log_of_changes(client: APIClient, alice: User, admin_person: User) -> None:
    client.post(PATH, {"name": "team", "members": ["alice"]})
    [entry] = [entry for entry in LogEntry.objects.get_for_object(alice) if "groups" in entry.changes_dict]
    assert entry.changes_dict["groups"] == {"type": "m2m", "operation": "add", "objects": ["team"]}
    assert entry.actor == admin_person


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 151}, "name"),
        ({"name": "taken"}, "name"),
        ({"name": "no\0ne"}, "name"),
        ({"name": "new", "members": ["nobody"]}, "members"),
    ],
)
def test_a_wrong_value_is_told_at_its_field(client: APIClient, given: dict[str, object], field: str) -> None:
    Group.objects.create(name="taken")
    assert fields(told(client.post(PATH, given), 400)).keys() == {field}
    assert Group.objects.count() == 1
