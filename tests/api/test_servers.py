"""Servers over the API."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group

from tests.api.conftest import Caller, make_server
from tests.api.test_problems import fields, told
from virtadmin.accounts.models import User
from virtadmin.accounts.roles import Role
from virtadmin.core.errors import Conflict
from virtadmin.servers.models import InitialServerProfile, Server

NAMES = [
    "id", "name", "ip_address", "port", "username", "status", "status_reason", "uptime", "cpu_usage", "ram_usage",
    "ram_total", "hdd_usage", "hdd_total", "network_usage_in", "network_usage_out", "capacity", "last_update",
    "interval", "enabled", "metrics_enabled", "link_speed", "tags", "groups", "parent", "owner",
    "initial_server_profile",
]  # fmt: skip


def test_it_shows_every_field_and_no_secret(
    alice: User, server: Server, profile: InitialServerProfile, by_token: Caller
) -> None:
    answer = by_token(alice).get(f"/api/server/{server.pk}/")
    shown = answer.json()
    assert list(shown) == NAMES
    assert (shown["status"], shown["cpu_usage"], shown["ram_total"], shown["hdd_usage"]) == ("up", 12.5, 2048, None)
    assert (shown["owner"], shown["initial_server_profile"]) == (str(alice.uuid), profile.pk)
    assert (shown["tags"], shown["groups"], shown["parent"]) == (["prod"], ["team"], None)
    assert "cpu_usage" in shown["metrics_enabled"]
    assert b"private" not in answer.content


def test_a_person_changes_what_people_set(alice: User, server: Server, by_token: Caller) -> None:
    other = make_server(alice, "gateway", "192.0.2.2")
    change = {
        "name": "web-eins", "interval": 5, "enabled": False, "link_speed": 1000, "tags": ["new", "prod"],
        "parent": other.pk, "metrics_enabled": ["cpu_usage", "load1"], "groups": [],
    }  # fmt: skip
    client = by_token(alice)
    shown = client.patch(f"/api/server/{server.pk}/", change).json()
    assert {name: shown[name] for name in change} == change
    assert shown["status"] == "paused"
    server.refresh_from_db()
    assert "ram_usage" in server.metrics_disabled
    assert "cpu_usage" not in server.metrics_disabled
    again = client.patch(f"/api/server/{server.pk}/", {"enabled": True, "parent": None, "link_speed": None}).json()
    assert (again["status"], again["parent"], again["link_speed"], again["name"]) == ("pending", None, None, "web-eins")


def test_what_was_read_can_be_put_back(alice: User, server: Server, by_token: Caller) -> None:
    client = by_token(alice)
    before = client.get(f"/api/server/{server.pk}/").json()
    after = client.put(f"/api/server/{server.pk}/", {**before, "name": "renamed", "ip_address": "192.0.2.77"})
    assert after.json() == {**before, "name": "renamed"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"interval": 4}, "interval"),
        ({"interval": 3601}, "interval"),
        ({"interval": "soon"}, "interval"),
        ({"interval": 10**30}, "interval"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": ["web1"]}, "name"),
        ({"name": None}, "name"),
        ({"enabled": "perhaps"}, "enabled"),
        ({"enabled": {}}, "enabled"),
        ({"link_speed": 0}, "link_speed"),
        ({"metrics_enabled": ["cpu_usage", "mood"]}, "metrics_enabled.1"),
        ({"metrics_enabled": "cpu_usage"}, "metrics_enabled"),
        ({"tags": "prod"}, "tags"),
        ({"tags": ["x" * 51]}, "tags.0"),
        ({"tags": [{}]}, "tags.0"),
        ({"groups": ["nobody's"]}, "groups"),
        ({"parent": "gateway"}, "parent"),
        ({"parent": 10**30}, "parent"),
        ({"private_key": "mine"}, "private_key"),
    ],
)
def test_a_wrong_value_is_told_at_its_field(
    alice: User, server: Server, by_token: Caller, change: dict[str, Any], field: str
) -> None:
    problem = told(by_token(alice).patch(f"/api/server/{server.pk}/", change), 400)
    assert {re.sub(r"\.\d+$", "", name) for name in fields(problem)} == {field.split(".")[0]}, problem
    server.refresh_from_db()
    assert (server.name, server.interval) == ("web1", 60)


def test_a_server_cannot_hang_on_one_the_person_does_not_see(
    alice: User, charlie: User, server: Server, by_token: Caller
) -> None:
    hidden = make_server(charlie, "hidden", "192.0.2.5")
    problem = told(by_token(alice).patch(f"/api/server/{server.pk}/", {"parent": hidden.pk}), 400)
    assert fields(problem).keys() == {"parent"}


def test_a_person_shares_only_with_their_own_groups(alice: User, server: Server, by_token: Caller) -> None:
    Group.objects.create(name="others")
    client = by_token(alice)
    assert fields(told(client.patch(f"/api/server/{server.pk}/", {"groups": ["others"]}), 400)).keys() == {"groups"}
    alice.groups.add(Group.objects.create(name="mine"))
    assert client.patch(f"/api/server/{server.pk}/", {"groups": ["mine"]}).json()["groups"] == ["mine"]


def test_a_member_who_may_operate_changes_a_shared_server(bob: User, server: Server, by_token: Caller) -> None:
    User.objects.filter(pk=bob.pk).update(role=Role.OPERATOR)
    bob.refresh_from_db()
    assert by_token(bob).patch(f"/api/server/{server.pk}/", {"name": "ours"}).json()["name"] == "ours"


def test_deleting_says_what_stays_on_the_host(alice: User, server: Server, by_token: Caller) -> None:
    answer = by_token(alice).delete(f"/api/server/{server.pk}/")
    assert answer.status_code == 200
    assert "virtadmin" in answer.json()["left_on_host"]
    assert not Server.objects.exists()


def test_unenrolling_answers_the_run_to_follow(alice: User, server: Server, by_token: Caller) -> None:
    answer = by_token(alice).post(f"/api/server/{server.pk}/unenrol/", {"username": "root", "password": " secret "})
    run = answer.json()
    assert answer.status_code == 202, run
    assert (run["action"], run["status"], run["server"]) == ("unenrol", "pending", server.pk)
    assert "password" not in run
    assert InitialServerProfile.objects.get(pk=run["id"]).password == " secret "


def test_unenrolling_needs_a_login(alice: User, server: Server, by_token: Caller) -> None:
    assert fields(told(by_token(alice).post(f"/api/server/{server.pk}/unenrol/", {}), 400))


def test_a_new_host_key_is_accepted_by_its_fingerprint(
    alice: User, server: Server, by_token: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr("virtadmin.servers.services.server_accept_host_key", lambda **given: seen.update(given))
    answer = by_token(alice).post(f"/api/server/{server.pk}/accept-host-key/", {"fingerprint": "SHA256:abc"})
    assert answer.json()["id"] == server.pk
    assert seen == {"server": server, "actor": alice, "fingerprint": "SHA256:abc"}


def test_a_host_key_of_a_host_that_does_not_answer_cannot_be_accepted(alice: User, by_token: Caller) -> None:
    unreachable = make_server(alice, "gone", "127.0.1.250")
    url = f"/api/server/{unreachable.pk}/accept-host-key/"
    assert "refused" in told(by_token(alice).post(url, {"fingerprint": f"SHA256:{'a' * 43}"}), 502)["detail"]


def test_a_server_that_moved_is_asked_at_its_new_address(
    alice: User, server: Server, by_token: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr("virtadmin.servers.services.server_move", lambda **given: seen.update(given))
    answer = by_token(alice).post(f"/api/server/{server.pk}/move/", {"ip_address": "192.0.2.77"})
    assert answer.json()["id"] == server.pk
    assert seen == {"server": server, "actor": alice, "ip_address": "192.0.2.77", "port": 22}


def test_a_server_cannot_move_to_where_nobody_answers(alice: User, server: Server, by_token: Caller) -> None:
    url = f"/api/server/{server.pk}/move/"
    assert "refused" in told(by_token(alice).post(url, {"ip_address": "127.0.1.250"}), 502)["detail"]
    assert fields(told(by_token(alice).post(url, {"ip_address": "169.254.169.254"}), 400)).keys() == {"ip_address"}


def test_a_state_that_forbids_it_is_a_conflict(
    alice: User, server: Server, by_token: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise Conflict("Its enrolment runs.")

    monkeypatch.setattr("virtadmin.servers.services.server_delete", refuse)
    assert told(by_token(alice).delete(f"/api/server/{server.pk}/"), 409)["detail"] == "Its enrolment runs."
