"""Silences, maintenance windows, recipients and templates over the API."""

from typing import Any

import pytest
from django.contrib.auth.models import Group

from tests.api.conftest import Caller, make_server
from tests.api.test_problems import fields, told
from virtadmin.accounts.models import User
from virtadmin.alerting.models import (
    MaintenanceWindow,
    Recipients,
    Silence,
    Threshold,
    ThresholdTemplate,
)
from virtadmin.servers.models import Server

NIGHT = {"name": "night", "weekdays": ["sun", "sat"], "start": "02:30", "minutes": 90}


def test_a_silence_is_made_shown_changed_and_ended(alice: User, server: Server, by_token: Caller) -> None:
    client = by_token(alice)
    answer = client.post("/api/silences/", {"server": server.pk, "kind": "cpu_usage", "reason": "a deployment"})
    made = answer.json()
    assert (answer.status_code, answer["Location"]) == (201, f"/api/silences/{made['id']}/")
    assert made == {
        "id": made["id"], "owner": str(alice.uuid), "server": server.pk, "url": None, "tag": None, "kind": "cpu_usage",
        "starts": made["starts"], "ends": None, "reason": "a deployment", "active": True,
    }  # fmt: skip
    path = f"/api/silences/{made['id']}/"
    changed = client.patch(path, {**made, "ends": "2026-12-24T18:00:00Z", "starts": made["starts"]}, format="json")
    assert changed.json()["ends"] == "2026-12-24T18:00:00Z"
    assert client.delete(path).status_code == 204
    assert client.get(path).json()["active"] is False
    counts = [client.get(f"/api/silences/?active={which}").json()["count"] for which in ("true", "false")]
    assert counts == [0, 1]


def test_a_silence_by_tag_says_its_name(alice: User, server: Server, by_token: Caller) -> None:
    made = by_token(alice).post("/api/silences/", {"tag": "prod"}, format="json").json()
    assert (made["tag"], made["server"], made["kind"]) == ("prod", None, "")
    assert by_token(alice).get("/api/silences/?tag=PROD").json()["count"] == 1


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("silences", {}, "server"),
        ("silences", {"tag": "nowhere"}, "tag"),
        ("silences", {"kind": "weather"}, "kind"),
        ("silences", {"kind": "lost", "until": "tomorrow"}, "until"),
        ("silences", {"kind": "lost", "ends": "2001-01-01T00:00:00Z"}, "ends"),
        ("silences", {"server": 0}, "server"),
        ("maintenance", {**NIGHT, "weekdays": ["Sunday"]}, "weekdays.0"),
        ("maintenance", {**NIGHT, "month_day": 1}, "weekdays"),
        ("maintenance", {**NIGHT, "zone": "Mars/Olympus"}, "zone"),
        ("maintenance", {**NIGHT, "start": "25:00"}, "start"),
        ("maintenance", {**NIGHT, "tag": "nowhere"}, "tag"),
        ("recipients", {"tag": "prod"}, "users"),
        ("recipients", {"tag": "prod", "users": []}, "users"),
        ("recipients", {"tag": "prod", "users": ["alice"]}, "users.0"),
        ("recipients", {"tag": "prod", "users": ["00000000-0000-4000-8000-000000000000"]}, "users"),
        ("threshold-templates", {"name": "empty", "tag": "prod"}, "cpu_usage"),
        ("threshold-templates", {"name": "none", "tag": None, "cpu_usage": 1}, "tag"),
        ("threshold-templates", {"name": "none", "tag": "", "cpu_usage": 1}, "tag"),
        ("threshold-templates", {"name": "high", "tag": "prod", "cpu_usage": 101}, "cpu_usage"),
        ("threshold-templates", {"name": "first", "tag": "prod", "cpu_usage": 1, "priority": 1001}, "priority"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    alice: User, server: Server, by_token: Caller, path: str, body: dict[str, Any], field: str
) -> None:
    problem = told(by_token(alice).post(f"/api/{path}/", body, format="json"), 400)
    assert fields(problem).keys() == {field}


def test_a_window_shows_when_it_is_next(alice: User, server: Server, by_token: Caller) -> None:
    client = by_token(alice)
    made = client.post("/api/maintenance/", {**NIGHT, "zone": "Europe/Berlin"}, format="json").json()
    assert [made[name] for name in ("server", "tag", "weekdays", "start")] == [None, None, ["sat", "sun"], "02:30"]
    assert len(made["next"]) == 3
    assert made["next"][0]["end"] > made["next"][0]["start"]
    path = f"/api/maintenance/{made['id']}/"
    assert client.put(path, {**made, "minutes": 30}, format="json").json()["minutes"] == 30
    assert client.patch(path, {"enabled": False}, format="json").json()["next"] == []
    assert client.get("/api/maintenance/?enabled=false").json()["count"] == 1
    always = {"weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "minutes": 1440, "enabled": True}
    assert client.patch(path, always, format="json").json()["active"] is True


def test_recipients_are_people_the_caller_knows(
    alice: User, bob: User, charlie: User, server: Server, by_token: Caller
) -> None:
    client = by_token(alice)
    made = client.post("/api/recipients/", {"server": server.pk, "users": [str(bob.uuid)]}, format="json").json()
    assert made == {
        "id": made["id"], "owner": str(alice.uuid), "server": server.pk, "url": None, "tag": None,
        "users": [str(bob.uuid)],
    }  # fmt: skip
    path = f"/api/recipients/{made['id']}/"
    both = {**made, "users": [str(alice.uuid), str(bob.uuid)]}
    assert client.patch(path, both, format="json").json() == both
    assert client.patch(path, {}, format="json").json() == both
    assert fields(told(client.patch(path, {**both, "server": None}, format="json"), 400)).keys() == {"server"}
    assert fields(told(client.patch(path, {"users": [str(charlie.uuid)]}, format="json"), 400)).keys() == {"users"}


def test_a_template_reaches_its_servers_and_goes_again(
    alice: User, server: Server, threshold: Threshold, by_token: Caller
) -> None:
    client = by_token(alice)
    body = {"name": "production", "tag": "prod", "cpu_usage": 70, "window": 0}
    made = client.post("/api/threshold-templates/", body, format="json").json()
    assert made == {
        "id": made["id"], "owner": str(alice.uuid), "name": "production", "tag": "prod", "priority": 0,
        "cpu_usage": 70, "ram_usage": None, "hdd_usage": None, "network_in_usage": None, "network_out_usage": None,
        "window": 0,
    }  # fmt: skip
    limits = f"/api/thresholds/{threshold.pk}/"
    assert [client.get(limits).json()[name] for name in ("cpu_usage", "ram_usage", "window")] == [70, 80, 0]
    path = f"/api/threshold-templates/{made['id']}/"
    client.put(path, {**made, "cpu_usage": None, "ram_usage": 60}, format="json")
    assert [client.get(limits).json()[name] for name in ("cpu_usage", "ram_usage", "window")] == [80, 60, 0]
    client.patch(limits, {"ram_usage": 33}, format="json")
    client.patch(path, {"ram_usage": 50}, format="json")
    assert client.get(limits).json()["ram_usage"] == 33
    assert client.delete(limits).json()["ram_usage"] == 50
    assert client.delete(path).status_code == 204
    assert client.get(limits).json()["ram_usage"] == 80


@pytest.mark.parametrize("route", ["silences", "maintenance", "recipients", "threshold-templates"])
def test_lists_are_narrowed_sorted_and_one_s_own(
    alice: User,
    charlie: User,
    silence: Silence,
    window: MaintenanceWindow,
    recipients: Recipients,
    template: ThresholdTemplate,
    by_token: Caller,
    route: str,
) -> None:
    found = [by_token(person).get(f"/api/{route}/?ordering=-id").json()["count"] for person in (alice, charlie)]
    assert found == [1, 0]
    assert by_token(alice).get(f"/api/{route}/?search=nothing-like-it").json()["count"] == 0
    assert by_token(alice).get(f"/api/{route}/?tag=none").json()["count"] == 0


def test_who_shares_a_server_may_end_what_holds_its_messages(
    charlie: User, server: Server, silence: Silence, by_token: Caller
) -> None:
    charlie.groups.add(Group.objects.get(name="team"))
    assert by_token(charlie).delete(f"/api/silences/{silence.pk}/").status_code == 204
    other = make_server(server.owner, "web2", "192.0.2.7")
    told(by_token(charlie).get(f"/api/silences/{Silence.objects.create(owner=server.owner, server=other).pk}/"), 404)
