"""Messages that wait a moment for what is still being found out, and channels chosen as they are written."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
import redis

from tests.notifications.conftest import CPU, LOST, NOW, Clock, line, way
from tests.web.fleet import watched
from virtadmin.accounts.models import User
from virtadmin.notifications.delivery import deliver, sweep
from virtadmin.notifications.models import Delivery, Notification, UserChannel
from virtadmin.notifications.services import Draft, notifications_amend, notifications_create
from virtadmin.servers.models import Tag

Level = Notification.Level
Status = Delivery.Status
HELD = NOW + timedelta(seconds=2.5)
TOP = {"processes": [{"name": "mysqld", "cpu": 71.0, "rss": 512.0}]}


def told(person: User, **more: Any) -> Notification:
    kind = more.pop("kind", "limit_crossed")
    draft = Draft(kind, more.pop("level", Level.WARNING), [person], {**CPU, **more.pop("facts", {})}, **more)
    notifications_create(drafts=[draft], now=NOW)
    return Notification.objects.order_by("pk").last()  # type: ignore[return-value]


def test_a_held_message_waits_and_is_sent_with_what_was_found_out(alice: User, clock: Clock, valkey: object) -> None:
    notification = told(alice, thread="incident-1", hold_until=HELD)
    deliver(notifications=[notification.pk], clock=clock)
    assert line("in_page").status == Status.PENDING
    assert notifications_amend(thread="incident-1", facts={"place": "/srv"}, now=NOW) == 1
    deliver(notifications=[notification.pk], clock=clock)
    assert line("in_page").status == Status.SENT
    notification.refresh_from_db()
    assert notification.meta["place"] == "/srv"
    assert "on /srv" in notification.description


def test_a_held_message_goes_without_it_when_the_time_is_over(alice: User, clock: Clock, valkey: object) -> None:
    told(alice, hold_until=HELD)
    clock.now = HELD
    sweep(clock=clock)
    assert line("in_page").status == Status.SENT


def test_a_held_message_has_a_task_for_when_the_time_is_over(
    alice: User,
    valkey: redis.Redis,
    django_capture_on_commit_callbacks: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tasks: list[tuple[list[int], float | None]] = []
    sender = "virtadmin.notifications.services.messages.current_app.send_task"
    monkeypatch.setattr(sender, lambda name, args, countdown: tasks.append((args[0], countdown)))
    UserChannel.objects.filter(user=alice, kind="server_log").delete()
    with django_capture_on_commit_callbacks(execute=True):
        held, at_once = told(alice, hold_until=HELD), told(alice)
        told(alice, hold_until=NOW + timedelta(hours=1))
    assert tasks == [([held.pk], 2.5), ([at_once.pk], None)]


def test_what_was_sent_and_what_is_quiet_stays_so(alice: User, bob: User, clock: Clock, valkey: object) -> None:
    UserChannel.objects.filter(user=bob).update(quiet_from=time(14), quiet_until=time(15))
    mine = told(alice, thread="incident-1")
    sweep(clock=clock)
    his = told(bob, thread="incident-1", hold_until=HELD)
    other = told(alice, thread="incident-2", hold_until=HELD)
    assert notifications_amend(thread="incident-1", facts={"place": "/srv"}, now=NOW) == 1
    assert "on /srv" in Notification.objects.get(pk=his.pk).description
    assert "on /srv" not in Notification.objects.get(pk=mine.pk).description
    assert "on /srv" not in Notification.objects.get(pk=other.pk).description
    assert line("in_page", his).next_attempt == NOW.replace(hour=15, minute=0, second=0)
    assert line("in_page", other).next_attempt == HELD


def test_only_the_newest_message_of_a_thread_is_written_anew(alice: User) -> None:
    first = told(alice, thread="incident-1", hold_until=HELD)
    second = told(alice, thread="incident-1", hold_until=HELD)
    notifications_amend(thread="incident-1", facts={"place": "/srv"}, now=NOW)
    assert (
        "place" not in Notification.objects.get(pk=first.pk).meta
        or not Notification.objects.get(pk=first.pk).meta["place"]
    )
    assert Notification.objects.get(pk=second.pk).meta["place"] == "/srv"
    assert notifications_amend(thread="nothing", facts={}, now=NOW) == 0


def test_a_channel_for_a_tag_gets_the_messages_of_its_servers_and_of_none(alice: User) -> None:
    shop, other = (watched(alice, name, f"192.0.2.{n}", NOW) for n, name in enumerate(("shop1", "other1"), 1))
    tag = Tag.objects.create(name="shop")
    shop.tags.add(tag)
    row = way(alice, "in_page")
    row.tags.set([tag])
    for server_id, reached in ((shop.pk, True), (other.pk, False), (None, True)):
        notification = told(alice, server_id=server_id)
        assert notification.deliveries.filter(user_channel=row).exists() == reached


def test_levels_choose_and_a_recovery_goes_where_the_alert_went(alice: User) -> None:
    row = way(alice, "in_page")
    UserChannel.objects.filter(pk=row.pk).update(level="critical")
    cases = [
        (Level.INFO, "", False), (Level.WARNING, "", False), (Level.CRITICAL, "", True), (Level.RECOVERY, "", False),
        (Level.RECOVERY, "critical", True),
    ]  # fmt: skip
    for level, severity, reached in cases:
        notification = told(alice, kind="server_back", level=level, severity=severity, facts=LOST)
        assert notification.deliveries.filter(user_channel=row).exists() == reached, (level, severity)
        assert notification.meta["severity"] == (severity or ("warning" if level == Level.RECOVERY else str(level)))


def test_the_queries_do_not_grow_with_the_people_and_messages(
    alice: User, bob: User, charlie: User, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    server = watched(alice, "web1", "192.0.2.1", NOW)
    server.tags.add(tag := Tag.objects.create(name="shop"))
    way(alice, "in_page").tags.add(tag)
    drafts = [Draft("limit_crossed", Level.WARNING, [alice, bob, charlie], CPU, "t", server.pk)] * 100
    with django_assert_max_num_queries(13):
        notifications_create(drafts=drafts, now=NOW)
    assert Notification.objects.count() == 300


def test_a_channel_in_a_pause_and_one_that_is_off_are_respected_as_a_message_is_written(alice: User) -> None:
    row = way(alice, "in_page")
    UserChannel.objects.filter(pk=row.pk).update(wait_until=NOW + timedelta(minutes=3))
    assert line("in_page", told(alice)).next_attempt == NOW + timedelta(minutes=3)
    UserChannel.objects.filter(pk=row.pk).update(enabled=False)
    assert not told(alice).deliveries.filter(user_channel=row).exists()
    UserChannel.objects.filter(pk=row.pk).update(enabled=True, kind="telegraph")
    assert not told(alice).deliveries.filter(user_channel=row).exists()
