"""Reminders of incidents that nobody looks after."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from virtadmin.alerting.models import Incident, Telling

What, State = Telling.What, Telling.State
TOGETHER = timedelta(minutes=5)
"""What is to be repeated within this time is repeated together."""


def repeat_after(at: datetime) -> datetime | None:
    """When people are reminded of what they were told `at`; None = never, if `REPEAT_HOURS` is 0."""
    return at + timedelta(hours=settings.REPEAT_HOURS) if settings.REPEAT_HOURS else None


def repeats_write(*, now: datetime) -> None:
    """Write what there is to tell again: to those who were told that it opened."""
    open_ones = Incident.objects.filter(open_key__isnull=False, acknowledged=None)
    if not open_ones.filter(next_repeat__lte=now).exists():
        return
    with transaction.atomic():
        due = open_ones.filter(next_repeat__lte=now + TOGETHER).select_for_update().order_by("pk")
        numbers = {row.pk: row.repeats + 1 for row in due}
        Incident.objects.filter(pk__in=numbers).update(next_repeat=repeat_after(now), repeats=F("repeats") + 1)
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
