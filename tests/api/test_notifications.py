"""The inbox over the API."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from tests.api.conftest import Caller
from tests.api.test_problems import fields, told
from virtadmin.accounts.models import User
from virtadmin.notifications.models import Notification

NAMES = [
    "id", "level", "recipient", "unread", "pushed", "emailed", "title", "description", "meta", "server", "timestamp",
]  # fmt: skip


def test_it_shows_every_field(alice: User, notification: Notification, by_token: Caller) -> None:
    shown = by_token(alice).get(f"/api/notifications/{notification.pk}/").json()
    assert list(shown) == NAMES
    assert (shown["level"], shown["recipient"], shown["meta"]) == ("warning", str(alice.uuid), {"cpu_usage": 97.0})


def test_reading_marks_it_and_it_can_be_marked_unread(
    alice: User, notification: Notification, by_token: Caller
) -> None:
    client, path = by_token(alice), f"/api/notifications/{notification.pk}/"
    assert client.patch(path, {"unread": False}).json()["unread"] is False
    assert client.patch(path, {"unread": True, "title": "mine now"}).json()["title"] == "CPU"
    assert fields(told(client.patch(path, {"unread": "perhaps"}), 400)).keys() == {"unread"}


def test_an_empty_patch_changes_nothing(alice: User, notification: Notification, by_token: Caller) -> None:
    answer = by_token(alice).patch(f"/api/notifications/{notification.pk}/", {})
    assert (answer.status_code, answer.json()["unread"]) == (200, True)


def test_all_are_marked_read_at_once_and_only_ones_own(
    alice: User, bob: User, notification: Notification, by_token: Caller
) -> None:
    Notification.objects.create(recipient=bob, kind="limit", title="Bob's")
    assert by_token(alice).post("/api/notifications/mark-all-read/").json() == {"marked": 1}
    assert by_token(alice).post("/api/notifications/mark-all-read/").json() == {"marked": 0}
    assert list(Notification.objects.filter(unread=True).values_list("title", flat=True)) == ["Bob's"]


@pytest.mark.parametrize(
    ("query", "count"),
    [("level=warning", 1), ("level=critical", 0), ("unread=true", 1), ("unread=false", 0), ("search=cpu", 1)],
)
def test_lists_are_narrowed(alice: User, notification: Notification, by_token: Caller, query: str, count: int) -> None:
    assert by_token(alice).get(f"/api/notifications/?{query}").json()["count"] == count


def test_what_came_since_a_time_is_found(alice: User, notification: Notification, by_token: Caller) -> None:
    for minutes, count in ((-1, 1), (1, 0)):
        moment = quote((timezone.now() + timedelta(minutes=minutes)).isoformat())
        assert by_token(alice).get(f"/api/notifications/?since={moment}").json()["count"] == count
