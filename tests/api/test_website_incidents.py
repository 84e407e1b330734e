"""Incidents of websites, and rules for websites, over the API."""

from typing import Any

import pytest
from django.utils import timezone

from tests.api.conftest import Caller
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, MaintenanceWindow, Recipients, Silence
from virtadmin.alerting.subject import subject_of
from virtadmin.servers.models import Server
from virtadmin.websites.models import Url, UrlState


@pytest.fixture
def shop(alice: User) -> Url:
    """Alice's."""
    made = Url.objects.create(owner=alice, uri="https://shop.example.org/", name="shop")
    UrlState.objects.create(url=made, status="down")
    return made


@pytest.fixture
def down(shop: Url) -> Incident:
    """It is."""
    return Incident.objects.create(
        url=shop, kind="url_down", level="critical", open_key=subject_of(shop).key("url_down"), opened=timezone.now(),
        stage="status", reason="The server answered 503.", context={"status": 503},
    )  # fmt: skip


def test_it_says_which_website_and_is_found_by_it(
    alice: User, down: Incident, server: Server, by_token: Caller
) -> None:
    Incident.objects.create(server=server, kind="lost")
    client = by_token(alice)
    shown = client.get(f"/api/incidents/{down.pk}/").json()
    assert (shown["server"], shown["url"], shown["context"]) == (None, down.url_id, {"status": 503})
    for query in (f"url={down.url_id}", "kind=url_down", "search=shop.example", "search=shop"):
        assert [row["id"] for row in client.get(f"/api/incidents/?{query}").json()["results"]] == [down.pk]
    assert client.get(f"/api/incidents/?server={server.pk}").json()["count"] == 1
    assert client.get("/api/incidents/?ordering=server").json()["count"] == 2


def test_it_is_acknowledged_and_silenced(alice: User, down: Incident, by_token: Caller) -> None:
    client = by_token(alice)
    assert client.post(f"/api/incidents/{down.pk}/acknowledge/").json()["acknowledged_by"] == str(alice.uuid)
    assert client.delete(f"/api/incidents/{down.pk}/acknowledge/").json()["acknowledged"] is None
    made = client.post(f"/api/incidents/{down.pk}/silence/", {"seconds": 600}, format="json").json()
    assert (made["url"], made["server"], made["kind"]) == (down.url_id, None, "url_down")
    assert client.get(f"/api/incidents/{down.pk}/").json()["held"]["why"] == "silenced"


def test_strangers_find_nothing_of_it(charlie: User, down: Incident, by_token: Caller) -> None:
    client = by_token(charlie)
    assert client.get("/api/incidents/").json()["count"] == 0
    assert client.get(f"/api/incidents/{down.pk}/").status_code == 404
    assert client.post(f"/api/incidents/{down.pk}/acknowledge/").status_code == 404
    assert client.post("/api/silences/", {"url": down.url_id}, format="json").status_code == 400
    assert not Silence.objects.exists()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("silences", {}),
        ("maintenance", {"name": "night", "weekdays": ["sun"], "start": "02:30"}),
        ("recipients", {"users": True}),
    ],
)
def test_a_rule_is_made_for_a_website(
    alice: User, shop: Url, server: Server, by_token: Caller, path: str, body: dict[str, Any]
) -> None:
    client = by_token(alice)
    given = {**body, "url": shop.pk} | ({"users": [str(alice.uuid)]} if body.get("users") else {})
    made = client.post(f"/api/{path}/", given, format="json").json()
    assert (made["url"], made["server"], made["tag"]) == (shop.pk, None, None)
    assert client.get(f"/api/{path}/?url={shop.pk}").json()["count"] == 1
    assert client.get(f"/api/{path}/?server={server.pk}").json()["count"] == 0
    assert client.get(f"/api/{path}/?search=shop.example").json()["count"] == 1
    rules: tuple[Any, ...] = (Silence, MaintenanceWindow, Recipients)
    assert [row.url for rule in rules for row in rule.objects.all()] == [shop]


def test_a_window_moves_from_a_server_to_a_website(alice: User, shop: Url, server: Server, by_token: Caller) -> None:
    client = by_token(alice)
    night = {"name": "night", "weekdays": ["sun"], "start": "02:30", "server": server.pk}
    made = client.post("/api/maintenance/", night, format="json").json()
    path = f"/api/maintenance/{made['id']}/"
    assert client.patch(path, {"url": shop.pk}, format="json").status_code == 400
    moved = client.patch(path, {"url": shop.pk, "server": None}, format="json").json()
    assert (moved["url"], moved["server"]) == (shop.pk, None)
