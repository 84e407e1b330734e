"""What is done with messages: made in the transaction of what they tell of, marked read, deleted when old."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from celery import current_app
from django.conf import settings
from django.db import transaction

from virtadmin.accounts.models import User
from virtadmin.core import bus
from virtadmin.core.deleting import batches_delete
from virtadmin.core.upsert import upsert
from virtadmin.notifications import rendering, routing
from virtadmin.notifications.channels.in_page import TOPIC
from virtadmin.notifications.models import Delivery, Notification, UserChannel
from virtadmin.notifications.routing import severity_of
from virtadmin.notifications.selectors import (
    channel_takes,
    channels_open,
    notifications_visible,
    rule_of,
    server_owners,
    server_tags,
    website_tags,
)

logger = logging.getLogger(__name__)
ROWS_A_BATCH = 500
MESSAGES_A_TASK = 50
"""So that many messages at once are sent by several threads."""
SOON = timedelta(seconds=10)
"""What is due later than this is left to the sweep."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it is addressed: its templates (`kind`), the facts they show, and who is told."""

    kind: str
    level: Notification.Level
    audience: Sequence[User]
    facts: dict[str, Any] = field(default_factory=dict)
    """JSON values only: they, `level` and `severity` become `Notification.meta`."""
    thread: str = ""
    server_id: int | None = None
    url_id: int | None = None
    hold_until: datetime | None = None
    """Not sent before, so that `notifications_amend` can add what is still being found out."""
    severity: str = ""
    """info, warning or critical: what it is routed by. Empty: its level, and for a recovery "warning"."""


def notifications_create(*, drafts: Sequence[Draft], now: datetime) -> None:
    """Write the drafts, one row a person, and an outbox line for each channel that is to have it; sent after commit.

    Which channels and from when on, `routing` decides. Eight queries at most however many there are (per 500 rows),
    inside the caller's transaction.
    """
    rows = [(draft, row) for draft in drafts for row in _rows(draft, now)]
    if not rows:
        return
    with transaction.atomic(savepoint=False):
        Notification.objects.bulk_create([row for _, row in rows], batch_size=ROWS_A_BATCH)
        # MySQL does not return the keys of a bulk insert.
        found = Notification.objects.filter(uid__in=[row.uid for _, row in rows]).values_list("uid", "pk")
        lines = _lines(rows, dict(found), now)
        Delivery.objects.bulk_create(lines, batch_size=ROWS_A_BATCH)
        _send_after_commit([(line.next_attempt, line.notification_id) for line in lines], now)


def notification_create(
    *, kind: str, level: Notification.Level, recipient: User, facts: dict[str, Any], now: datetime
) -> None:
    """Write one message for one person; else as `notifications_create`."""
    notifications_create(drafts=[Draft(kind, level, [recipient], facts)], now=now)


@transaction.atomic(savepoint=False)
def notifications_amend(*, thread: str, facts: dict[str, Any], now: datetime) -> int:
    """Render the thread's newest message to each person again with more facts, as far as it still waits to be sent,
    and let what was held go now (quiet hours stay quiet). Returns how many messages that were."""
    newest = {row.recipient_id: row for row in Notification.objects.filter(thread=thread).order_by("pk")}
    waiting = Delivery.objects.filter(
        notification__in=list(newest.values()), status=Delivery.Status.PENDING, attempts=0, user_channel__isnull=False
    )
    related = waiting.select_related("notification__recipient", "user_channel__user").defer("user_channel__config")
    lines = list(related.prefetch_related("user_channel__tags"))
    rows = list({line.notification_id: line.notification for line in lines}.values())
    for row in rows:
        _write(row, {**row.meta, **facts}, row.recipient.zone)
    upsert(Notification, rows, ["id"], ["title", "description", "meta"])
    by_due: dict[datetime, list[int]] = {}
    for line in lines:
        line.next_attempt = _due(line.user_channel, line.notification.meta, now)  # type: ignore[arg-type]
        by_due.setdefault(line.next_attempt, []).append(line.pk)
    for due, pks in by_due.items():
        waiting.filter(pk__in=pks).update(next_attempt=due)
    _send_after_commit([(line.next_attempt, line.notification_id) for line in lines], now)
    return len(rows)


def notification_mark_read(*, recipient: User, ids: Iterable[int] | None = None, unread: bool = False) -> int:
    """Mark the person's own messages read (or unread): those with the ids, or all; their other open pages follow.

    Returns how many changed.
    """
    rows = notifications_visible(recipient).exclude(unread=unread)
    if ids is not None:
        rows = rows.filter(pk__in=list(ids))
    changed = rows.update(unread=unread)
    if changed:
        transaction.on_commit(lambda: _say_counted(recipient.pk), robust=True)
    return changed


def _say_counted(user_id: int) -> None:
    bus.publish(TOPIC, {"user": user_id, "id": None})


def notifications_prune(*, now: datetime, batch: int = 1000) -> int:
    """Delete messages older than `NOTIFICATION_KEEP_DAYS` with their deliveries, in short transactions."""
    old = Notification.objects.filter(timestamp__lt=now - timedelta(days=settings.NOTIFICATION_KEEP_DAYS))
    return batches_delete(old, batch)


def _rows(draft: Draft, now: datetime) -> list[Notification]:
    severity = draft.severity or severity_of({"level": str(draft.level)})
    facts = {**draft.facts, "level": str(draft.level), "severity": severity}
    written: dict[ZoneInfo, Notification] = {}
    for zone in {person.zone for person in draft.audience}:
        written[zone] = Notification(level=draft.level, kind=draft.kind)
        _write(written[zone], facts, zone)
    return [
        Notification(
            recipient=person,
            level=draft.level,
            kind=draft.kind,
            thread=draft.thread,
            server_id=draft.server_id,
            url_id=draft.url_id,
            title=written[person.zone].title,
            description=written[person.zone].description,
            meta=written[person.zone].meta,
            timestamp=now,
        )
        for person in draft.audience
    ]


def _write(row: Notification, facts: dict[str, Any], zone: ZoneInfo) -> None:
    """Put the facts and the words that come of them into the row, with times as its reader's clock shows them."""
    row.meta = rendering.cleaned(facts)
    row.title, row.description = rendering.title(row.kind, row.meta, zone), rendering.text(row.kind, row.meta, zone)


def _lines(rows: Sequence[tuple[Draft, Notification]], ids: dict[Any, int], now: datetime) -> list[Delivery]:
    """The outbox lines of the messages, whose keys are given by uid."""
    channels = channels_open({row.recipient_id: row.recipient for _, row in rows})
    limited = any(rule.tags for person in channels.values() for _, rule in person)
    servers = {draft.server_id for draft, _ in rows if draft.server_id}
    tags = server_tags(servers) if limited else {}
    urls = {draft.url_id for draft, _ in rows if draft.url_id}
    url_tags = website_tags(urls) if limited and urls else {}
    owners = server_owners(servers)
    lines = []
    for draft, row in rows:
        by_owner = owners.get(draft.server_id or 0) == row.recipient_id
        mine = [one for one in channels.get(row.recipient_id, []) if channel_takes(one[0], row, by_owner=by_owner)]
        by_key = {channel.pk: channel for channel, _ in mine}
        about = tags.get(draft.server_id, set()) if draft.server_id else None
        about = url_tags.get(draft.url_id, set()) if draft.url_id else about
        for route in routing.routes([rule for _, rule in mine], severity_of(row.meta), about, now):
            channel = by_key[route.channel]
            start = max(route.due, draft.hold_until or now, channel.wait_until or now)
            lines.append(
                Delivery(notification_id=ids[row.uid], user_channel=channel, channel=channel.kind, next_attempt=start)
            )
    return lines


def _due(channel: UserChannel, meta: Mapping[str, Any], now: datetime) -> datetime:
    return max(routing.due(rule_of(channel), severity_of(meta), now), channel.wait_until or now)


def _send_after_commit(lines: Iterable[tuple[datetime, int]], now: datetime) -> None:
    """`lines`: when each is due, and the key of its message."""
    soon: dict[float, dict[int, None]] = {}
    for due, pk in lines:
        if due <= now + SOON:
            soon.setdefault(max(0.0, (due - now).total_seconds()), {})[pk] = None
    for seconds, ids in soon.items():
        transaction.on_commit(lambda ids=list(ids), seconds=seconds: _send_soon(ids, seconds), robust=True)  # type: ignore[misc]


def _send_soon(ids: list[int], seconds: float) -> None:
    """Hand the messages to the workers. Should the broker be away, `notifications.sweep` finds them."""
    for start in range(0, len(ids), MESSAGES_A_TASK):
        part = ids[start : start + MESSAGES_A_TASK]
        current_app.send_task("notifications.deliver", args=[part], countdown=seconds or None)
