"""Writing messages, reading them, deleting the old."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis

from tests.notifications.conftest import CPU, LOST, NOW
from virtadmin.accounts.models import User
from virtadmin.notifications import tasks
from virtadmin.notifications.composing import message_of
from virtadmin.notifications.models import Delivery, Notification
from virtadmin.notifications.selectors import notifications_unread_count, notifications_visible
from virtadmin.notifications.services import (
    Draft,
    notification_create,
    notification_mark_read,
    notifications_create,
    notifications_prune,
)

Write = Callable[..., Notification]


def test_each_person_of_the_audience_gets_one_message(alice: User, bob: User, charlie: User) -> None:
    notifications_create(drafts=[Draft("server_lost", Notification.Level.CRITICAL, [alice, bob], LOST)], now=NOW)
    assert [row.recipient for row in Notification.objects.order_by("pk")] == [alice, bob]
    row = notifications_visible(bob).get()
    assert (row.title, row.unread, row.pushed, row.emailed) == ("web1 is down: timeout", True, False, False)
    assert row.meta == {**LOST, "level": "critical", "severity": "critical"}
    assert str(row) == row.title
    assert notifications_visible(charlie).count() == 0


def test_each_person_reads_times_as_their_own_clock_shows_them(alice: User, bob: User) -> None:
    bob.time_zone = "Asia/Kolkata"
    bob.save()
    notifications_create(drafts=[Draft("server_lost", Notification.Level.CRITICAL, [alice, bob], LOST)], now=NOW)
    assert "Since: 22 Nov 2026 14:03:05 UTC" in notifications_visible(alice).get().description
    mine = notifications_visible(bob).get()
    assert "Since: 22 Nov 2026 19:33:05 IST" in mine.description
    assert "22 Nov 2026 19:33:05 IST" in message_of(mine).html


def test_nothing_is_written_for_nobody(db: None, django_assert_num_queries: Callable[..., Any]) -> None:
    with django_assert_num_queries(0):
        notifications_create(drafts=[Draft("server_lost", Notification.Level.CRITICAL, [], LOST)], now=NOW)


def test_it_is_sent_only_after_commit_in_tasks_of_fifty(
    alice: User, valkey: redis.Redis, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    drafts = [Draft("limit_crossed", Notification.Level.WARNING, [alice], CPU)] * 120
    with django_capture_on_commit_callbacks(execute=True):
        notifications_create(drafts=drafts, now=NOW)
        assert valkey.llen("deliver") == 0
    assert valkey.llen("deliver") == 3


def test_a_broker_that_is_away_loses_nothing(
    alice: User, django_capture_on_commit_callbacks: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, valkey: object
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise ConnectionError("the broker is away")

    monkeypatch.setattr("virtadmin.notifications.services.messages.current_app.send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        notification_create(kind="server_lost", level=Notification.Level.CRITICAL, recipient=alice, facts=LOST, now=NOW)
    tasks.sweep()
    assert Delivery.objects.get(channel="in_page").status == Delivery.Status.SENT


def test_the_task_delivers(alice: User, write: Write, valkey: object) -> None:
    tasks.deliver([write(alice).pk])
    assert Notification.objects.get().pushed


def test_people_mark_their_own_messages_only(alice: User, bob: User, write: Write) -> None:
    first, second, of_bob = write(alice), write(alice), write(bob)
    assert notification_mark_read(recipient=alice, ids=[first.pk, of_bob.pk]) == 1
    assert notifications_unread_count(alice) == 1
    assert notifications_unread_count(bob) == 1
    assert notification_mark_read(recipient=alice, ids=[first.pk]) == 0
    assert notification_mark_read(recipient=alice) == 1
    assert notification_mark_read(recipient=alice, ids=[second.pk], unread=True) == 1
    assert notifications_unread_count(alice) == 1


def test_old_messages_go_in_batches_with_their_deliveries(alice: User, write: Write, settings: Any) -> None:
    settings.NOTIFICATION_KEEP_DAYS = 30
    for _ in range(5):
        write(alice)
    recent = write(alice)
    Notification.objects.exclude(pk=recent.pk).update(timestamp=NOW - timedelta(days=31))
    assert notifications_prune(now=NOW, batch=2) == 5
    assert [*Notification.objects.all()] == [recent]
    assert {row.notification for row in Delivery.objects.all()} == {recent}
    tasks.prune()
