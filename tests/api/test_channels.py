"""/api/channels/."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from tests.api.conftest import make_server
from tests.notifications.conftest import hook
from tests.notifications.webhooks import Hook
from virtadmin.accounts.models import User
from virtadmin.notifications.models import UserChannel
from virtadmin.notifications.registry import CHANNELS
from virtadmin.servers.models import Server, Tag

__all__ = ["hook"]
Caller = Callable[[User], APIClient]
URL = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/"


@pytest.fixture
def api(by_token: Caller, alice: User) -> APIClient:
    """Alice, with a token."""
    return by_token(alice)


def fields_refused(answer: object) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]  # type: ignore[attr-defined]


def test_everybody_has_the_channels_everybody_gets(api: APIClient, bob: User, by_token: Caller) -> None:
    for client in (api, by_token(bob)):
        found = client.get("/api/channels/").json()["results"]
        assert [(row["kind"], row["level"], row["enabled"], row["tags"]) for row in found] == [
            ("in_page", "info", True, []),
            ("email", "warning", True, []),
            ("server_log", "warning", True, []),
        ]
    assert found[1]["address"] == "bob@example.org"


def test_a_channel_is_made_changed_and_deleted_and_its_secret_never_shown(api: APIClient, server: Server) -> None:
    body = {
        "kind": "apprise", "config": {"url": URL}, "label": "Team", "level": "critical", "tags": ["prod"],
        "quiet_from": "22:00", "quiet_until": "07:00", "quiet_critical": False,
    }  # fmt: skip
    made = api.post("/api/channels/", body)
    assert made.status_code == 201, made.json()
    shown = made.json()
    assert made["Location"] == f"/api/channels/{shown['id']}/"
    assert (shown["address"], shown["config"], shown["tags"]) == ("Slack", {}, ["prod"])
    assert (shown["quiet_from"], shown["quiet_until"], shown["quiet_critical"]) == ("22:00:00", "07:00:00", False)
    inbox = UserChannel.objects.get(user__username="alice", kind="in_page")
    changed = api.patch(
        made["Location"], {**shown, "level": "info", "fallback": inbox.pk, "kind": "email", "config": {}}
    )
    assert changed.status_code == 200, changed.json()
    assert (changed.json()["level"], changed.json()["fallback"], changed.json()["kind"]) == (
        "info",
        inbox.pk,
        "apprise",
    )
    assert UserChannel.objects.get(pk=shown["id"]).settings["url"] == URL, "a secret that is left out stays"
    for answer in (made, changed, api.get("/api/channels/"), api.get("/api/log/?search=Team"), api.get("/api/log/")):
        assert "TIiajkdnlazkcOXrIdevi7FQ" not in answer.content.decode()
    assert api.delete(made["Location"]).status_code == 204
    assert api.get(made["Location"]).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "kind"),
        ({"kind": "telegraph"}, "kind"),
        ({"kind": "in_page"}, "kind"),
        ({"kind": "telegram"}, "kind"),
        ({"kind": "apprise"}, "url"),
        ({"kind": "apprise", "config": {"url": "json://10.0.0.1"}}, "url"),
        ({"kind": "apprise", "config": {"url": URL, "x": "y"}}, "x"),
        ({"kind": "apprise", "config": {"url": URL}, "level": "loud"}, "level"),
        ({"kind": "apprise", "config": {"url": URL}, "tags": ["of-charlie"]}, "tags"),
        ({"kind": "apprise", "config": {"url": URL}, "tags": ["nowhere\0"]}, "tags"),
        ({"kind": "apprise", "config": {"url": URL}, "quiet_from": "22:00"}, "quiet_until"),
        ({"kind": "apprise", "config": {"url": URL}, "quiet_until": "22:00"}, "quiet_from"),
        ({"kind": "apprise", "config": {"url": URL}, "quiet_from": "22:00", "quiet_until": "22:00"}, "quiet_until"),
        ({"kind": "apprise", "config": {"url": URL}, "quiet_from": "25:00"}, "quiet_from"),
        ({"kind": "apprise", "config": {"url": URL}, "fallback": 999999}, "fallback"),
        ({"kind": "apprise", "config": {"url": "x" * 2001}}, "url"),
        ({"kind": "apprise", "config": {"url": URL}, "label": "x" * 101}, "label"),
        ({"kind": "apprise", "config": {"url": URL}, "disabled": True}, "disabled"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_by_name(
    api: APIClient, server: Server, charlie: User, body: dict[str, object], field: str
) -> None:
    make_server(charlie, "his", "192.0.2.77").tags.add(Tag.objects.create(name="of-charlie"))
    answer = api.post("/api/channels/", body)
    assert answer.status_code == 400
    assert fields_refused(answer) == [field]
    assert not UserChannel.objects.filter(kind="apprise").exists()


def test_channels_never_stand_in_for_each_other_in_a_ring(api: APIClient, alice: User, bob: User) -> None:
    first, second = (row["id"] for row in api.get("/api/channels/").json()["results"][:2])
    assert api.patch(f"/api/channels/{first}/", {"fallback": second}).status_code == 200
    for fallback in (first, UserChannel.objects.filter(user=bob).values_list("pk", flat=True)[0]):
        assert fields_refused(api.patch(f"/api/channels/{second}/", {"fallback": fallback})) == ["fallback"]
    assert api.patch(f"/api/channels/{first}/", {"fallback": None}).json()["fallback"] is None


def test_enabling_forgets_why_it_was_disabled(api: APIClient, alice: User) -> None:
    row = alice.channels.get(kind="email")
    UserChannel.objects.filter(pk=row.pk).update(enabled=False, disabled_reason="No such user.")
    assert api.get(f"/api/channels/{row.pk}/").json()["disabled_reason"] == "No such user."
    assert api.patch(f"/api/channels/{row.pk}/", {"level": "info"}).json()["disabled_reason"] == "No such user."
    shown = api.patch(f"/api/channels/{row.pk}/", {"enabled": True}).json()
    assert (shown["enabled"], shown["disabled_reason"]) == (True, "")


def test_the_test_shows_the_providers_answer_whatever_it_is(by_token: Caller, admin_person: User, hook: Hook) -> None:
    api = by_token(admin_person)
    made = api.post("/api/channels/", {"kind": "apprise", "config": {"url": f"json://127.0.0.1:{hook.port}"}}).json()
    path = f"/api/channels/{made['id']}/test/"
    assert made["address"] == "JSON at 127.0.0.1"
    hook.answer(200, "thanks")
    assert api.post(path).json() == {"delivered": True, "answer": "JSON answered 200 OK: thanks"}
    hook.answer(403, "who are you?")
    assert api.post(path).json() == {"delivered": False, "answer": "JSON answered 403 Forbidden: who are you?"}
    assert hook.bodies[0]["title"] == "Test message of test-hub"
    for _ in range(8):
        assert api.post(path).status_code == 200
    assert api.post(path).status_code == 429, "others are not flooded by a button"


def test_a_channel_that_cannot_be_tested_says_why(api: APIClient, alice: User) -> None:
    row = alice.channels.get(kind="email")
    answer = api.post(f"/api/channels/{row.pk}/test/")
    assert answer.status_code == 409
    assert "EMAIL_URL" in answer.json()["detail"]
    UserChannel.objects.filter(pk=row.pk).update(kind="telegraph")
    assert api.post(f"/api/channels/{row.pk}/test/").status_code == 409
    assert api.get(f"/api/channels/{row.pk}/").json()["address"] == ""


def test_the_kinds_are_described_for_forms(api: APIClient) -> None:
    kinds = {kind["name"]: kind for kind in api.get("/api/channels/kinds/").json()}
    assert list(kinds) == CHANNELS.names()
    assert "EMAIL_URL" in kinds["email"]["unavailable"]
    assert kinds["telegram"]["linked"]
    (url,) = kinds["apprise"]["form"]
    assert (url["name"], url["secret"], url["required"]) == ("url", True, True)


def test_nobody_has_more_channels_than_anybody_needs(api: APIClient, alice: User) -> None:
    UserChannel.objects.bulk_create([UserChannel(user=alice, kind="apprise") for _ in range(47)])
    assert fields_refused(api.post("/api/channels/", {"kind": "apprise", "config": {"url": URL}})) == ["kind"]
