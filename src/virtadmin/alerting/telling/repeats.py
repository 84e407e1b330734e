"""Reminders of incidents that nobody looks after."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from virtadmin.alerting.models import Incident, Telling
from virtadmin.alerting.websites.certificates import next_step
from virtadmin.core.upsert import upsert

What, State = Telling.What, Telling.State
CERTIFICATE = Incident.Kind.CERTIFICATE_EXPIRY.value
TOGETHER = timedelta(minutes=5)
"""What is to be repeated within this time is repeated together."""


def repeat_after(at: datetime) -> datetime | None:
    """When people are reminded of what they were told `at`; None = never, if `REPEAT_HOURS` is 0."""
    return at + timedelta(hours=settings.REPEAT_HOURS) if settings.REPEAT_HOURS else None


def reminder_after(kind: str, context: Mapping[str, Any], at: datetime) -> datetime | None:
    """When people are reminded next of an open incident of which they were told `at`. Of a certificate at the next of
    its steps (`websites.certificates`); what of these comes within TOGETHER is told already."""
    if kind != CERTIFICATE:
        return repeat_after(at)
    step = next_step(context["expires"], context.get("lifetime"), (at + TOGETHER).timestamp())
    return None if step is None else datetime.fromtimestamp(step, UTC)


def is_past(incident: Incident, at: datetime) -> bool:
    """Whether a certificate has expired, which is told as soon as a check says so and needs no reminder."""
    return incident.kind == CERTIFICATE and incident.context["expires"] <= at.timestamp()


def repeats_write(*, now: datetime) -> None:
    """Write what there is to tell again: to those who were told that it opened."""
    open_ones = Incident.objects.filter(open_key__isnull=False, acknowledged=None)
    if not open_ones.filter(next_repeat__lte=now).exists():
        return
    with transaction.atomic():
        due = open_ones.filter(next_repeat__lte=now + TOGETHER).select_for_update().order_by("pk")
        rows = list(due)
        for row in rows:
            row.next_repeat, row.repeats = reminder_after(row.kind, row.context, now), row.repeats + 1
        upsert(Incident, rows, ["id"], ["next_repeat", "repeats"])
        numbers = {row.pk: row.repeats for row in rows if not is_past(row, now)}
        of_them = Telling.objects.filter(incident_id__in=numbers)
        # Held back for so long that the next one is due: one reminder is enough.
        of_them.filter(what=What.REPEATED, state__in=Telling.PENDING).update(state=State.DROPPED, hold="")
        told = of_them.filter(what=What.OPENED, state=State.TOLD).order_by("pk")
        Telling.objects.bulk_create(
            [
                Telling(incident_id=pk, recipient_id=person, what=What.REPEATED, number=numbers[pk], due=now)
                for pk, person in told.values_list("incident_id", "recipient_id")
            ],
            ignore_conflicts=True,
        )
