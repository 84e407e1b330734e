"""Incidents over the API: found, acknowledged, silenced."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.api.conftest import Caller, make_server
from tests.api.test_problems import fields, told
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, Silence
from virtadmin.servers.models import Server

NAMES = [
    "id", "server", "url", "kind", "level", "open", "opened", "closed", "limit", "value", "peak", "window", "place",
    "stage", "reason", "hint", "ending", "acknowledged", "acknowledged_by", "held", "context",
]  # fmt: skip


@pytest.fixture
def over(server: Server) -> Incident:
    """It was lost, and is back."""
    return Incident.objects.create(
        server=server, kind="lost", level="critical", closed=timezone.now(), ending="recovered", reason="No answer."
    )


def test_it_shows_every_field(alice: User, incident: Incident, by_token: Caller) -> None:
    shown = by_token(alice).get(f"/api/incidents/{incident.pk}/").json()
    assert list(shown) == NAMES
    assert [shown[name] for name in ("kind", "level", "open", "value", "held", "context")] == [
        "cpu_usage", "warning", True, 91.0, None, {}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", ["lost", "cpu_usage"]),
        ("open=true", ["cpu_usage"]),
        ("open=false", ["lost"]),
        ("kind=lost", ["lost"]),
        ("level=critical", ["lost"]),
        ("level=warning&open=false", []),
        ("acknowledged=false", ["lost", "cpu_usage"]),
        ("acknowledged=true", []),
        ("search=no answer", ["lost"]),
        ("since=2001-01-01T00:00:00Z&ordering=kind", ["cpu_usage", "lost"]),
    ],
)
def test_they_are_found(
    alice: User, incident: Incident, over: Incident, by_token: Caller, query: str, kinds: list[str]
) -> None:
    rows = by_token(alice).get(f"/api/incidents/?{query}").json()["results"]
    assert [row["kind"] for row in rows] == kinds


def test_strangers_find_none(charlie: User, incident: Incident, by_token: Caller) -> None:
    assert by_token(charlie).get("/api/incidents/").json()["count"] == 0


def test_one_is_acknowledged_and_that_is_taken_back(alice: User, incident: Incident, by_token: Caller) -> None:
    client, path = by_token(alice), f"/api/incidents/{incident.pk}/acknowledge/"
    shown = client.post(path).json()
    assert shown["acknowledged_by"] == str(alice.uuid)
    assert shown["acknowledged"]
    assert client.get("/api/incidents/?acknowledged=true").json()["count"] == 1
    shown = client.delete(path).json()
    assert (shown["acknowledged"], shown["acknowledged_by"]) == (None, None)


def test_what_is_over_is_not_acknowledged(alice: User, over: Incident, by_token: Caller) -> None:
    told(by_token(alice).post(f"/api/incidents/{over.pk}/acknowledge/"), 409)


def test_one_is_silenced_for_a_while_and_says_so(alice: User, incident: Incident, by_token: Caller) -> None:
    client, path = by_token(alice), f"/api/incidents/{incident.pk}/"
    answer = client.post(f"{path}silence/", {"seconds": 8 * 3600}, format="json")
    made = answer.json()
    assert answer.status_code == 201
    assert (made["server"], made["kind"], made["active"]) == (incident.server_id, "cpu_usage", True)
    assert client.get(path).json()["held"] == {"why": "silenced", "until": made["ends"]}
    client.post(f"{path}silence/", {"seconds": None}, format="json")
    assert client.get(path).json()["held"] == {"why": "silenced", "until": None}
    assert Silence.objects.count() == 1


@pytest.mark.parametrize("body", [{"seconds": 59}, {"seconds": "an hour"}, {"seconds": 10**12}, {"minutes": 60}])
def test_a_wrong_time_is_told(alice: User, incident: Incident, by_token: Caller, body: dict[str, Any]) -> None:
    problem = told(by_token(alice).post(f"/api/incidents/{incident.pk}/silence/", body, format="json"), 400)
    assert fields(problem).keys() == {*body}


def test_a_long_list_takes_few_queries(alice: User, by_token: Caller) -> None:
    server = make_server(alice, "many", "192.0.2.3")
    Incident.objects.bulk_create(Incident(server=server, kind="lost", open_key=f"{n}") for n in range(100))
    Silence.objects.create(owner=alice, server=server)
    client = by_token(alice)
    with CaptureQueriesContext(connection) as asked:
        rows = client.get("/api/incidents/").json()["results"]
    assert len([row for row in rows if row["held"]]) == 100
    assert len(asked) <= 15
