"""What is done with messages: made in the transaction of what they tell of, marked read, deleted when old."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction

from virtadmin.accounts.models import User
from virtadmin.notifications import rendering
from virtadmin.notifications.models import Delivery, Notification
from virtadmin.notifications.registry import CHANNELS
from virtadmin.notifications.selectors import notifications_visible

logger = logging.getLogger(__name__)
ROWS_A_BATCH = 500
MESSAGES_A_TASK = 50
"""So that many messages at once are sent by several threads."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it is addressed: its templates (`kind`), the facts they show, and who is told."""

    kind: str
    level: Notification.Level
    audience: Sequence[User]
    facts: dict[str, Any] = field(default_factory=dict)
    """JSON values only: they and `level` become `Notification.meta`."""
    thread: str = ""
    server_id: int | None = None


def notifications_create(*, drafts: Sequence[Draft], now: datetime) -> None:
    """Write the drafts, one row a person, and an outbox line for each channel that reaches them; sent after commit.

    Four queries however many there are (per 500 rows), inside the caller's transaction.
    """
    rows = [row for draft in drafts for row in _rows(draft, now)]
    if not rows:
        return
    with transaction.atomic(savepoint=False):
        Notification.objects.bulk_create(rows, batch_size=ROWS_A_BATCH)
        # MySQL does not return the keys of a bulk insert.
        ids = dict(Notification.objects.filter(uid__in=[row.uid for row in rows]).values_list("uid", "pk"))
        Delivery.objects.bulk_create(
            [
                Delivery(notification_id=ids[row.uid], channel=channel.name, next_attempt=now)
                for row in rows
                for channel in CHANNELS
                if channel.reaches(row.recipient)
            ],
            batch_size=ROWS_A_BATCH,
        )
        transaction.on_commit(lambda: _send_soon(list(ids.values())), robust=True)


def notification_create(
    *, kind: str, level: Notification.Level, recipient: User, facts: dict[str, Any], now: datetime
) -> None:
    """Write one message for one person; else as `notifications_create`."""
    notifications_create(drafts=[Draft(kind, level, [recipient], facts)], now=now)


def notification_mark_read(*, recipient: User, ids: Iterable[int] | None = None, unread: bool = False) -> int:
    """Mark the person's own messages read (or unread): those with the ids, or all. Returns how many changed."""
    rows = notifications_visible(recipient).exclude(unread=unread)
    if ids is not None:
        rows = rows.filter(pk__in=list(ids))
    return rows.update(unread=unread)


def notifications_prune(*, now: datetime, batch: int = 1000) -> int:
    """Delete messages older than `NOTIFICATION_KEEP_DAYS` with their deliveries, in short transactions."""
    old = Notification.objects.filter(timestamp__lt=now - timedelta(days=settings.NOTIFICATION_KEEP_DAYS))
    pruned = 0
    while ids := list(old.order_by("timestamp").values_list("pk", flat=True)[:batch]):
        Notification.objects.filter(pk__in=ids).delete()
        pruned += len(ids)
    return pruned


def _rows(draft: Draft, now: datetime) -> list[Notification]:
    facts = rendering.cleaned({**draft.facts, "level": str(draft.level)})
    title, text = rendering.title(draft.kind, facts), rendering.text(draft.kind, facts)
    return [
        Notification(
            recipient=person,
            level=draft.level,
            kind=draft.kind,
            thread=draft.thread,
            server_id=draft.server_id,
            title=title,
            description=text,
            meta=facts,
            timestamp=now,
        )
        for person in draft.audience
    ]


def _send_soon(ids: list[int]) -> None:
    """Hand the messages to the workers. Should the broker be away, `notifications.sweep` finds them."""
    for start in range(0, len(ids), MESSAGES_A_TASK):
        current_app.send_task("notifications.deliver", args=[ids[start : start + MESSAGES_A_TASK]])
