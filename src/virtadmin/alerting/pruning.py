"""What of incidents, silences and maintenance is deleted because it is old."""

from datetime import datetime, timedelta

from auditlog.context import disable_auditlog
from django.conf import settings
from django.db.models import F, Q

from virtadmin.alerting.models import Incident, Outage, Telling
from virtadmin.alerting.models.quiet import MaintenanceWindow, Silence
from virtadmin.alerting.rules.recurrence import MAX_MINUTES
from virtadmin.core.deleting import batches_delete

LONGEST_WINDOW = timedelta(minutes=MAX_MINUTES, days=1)
"""After the beginning of its day, by any time zone's clock, a window that comes once is surely over."""


def alerting_prune(*, now: datetime) -> int:
    """Delete incidents closed `INCIDENT_KEEP_DAYS` ago, with all that belongs to them and outages that have none left;
    what was noted of telling people, `NOTIFICATION_KEEP_DAYS` after; silences and windows that come once,
    `QUIET_KEEP_DAYS` after their end. Returns how many rows.

    The change log keeps who made what and when: that the hub tidies up is no news for it.
    """
    incidents = now - timedelta(days=settings.INCIDENT_KEEP_DAYS)
    messages = now - timedelta(days=settings.NOTIFICATION_KEEP_DAYS)
    quiet = now - timedelta(days=settings.QUIET_KEEP_DAYS)
    reminders = Q(what=Telling.What.REPEATED, due__lt=messages)  # of what stays open for years, too
    reminders &= ~Q(number=F("incident__repeats"))  # but for the newest
    old = (
        Incident.objects.filter(closed__lt=incidents),
        Outage.objects.filter(told__lt=incidents, incidents=None),
        Telling.objects.filter(Q(incident__closed__lt=messages) | reminders).exclude(state__in=Telling.PENDING),
        Silence.objects.filter(ends__lt=quiet),
        MaintenanceWindow.objects.filter(date__lt=(quiet - LONGEST_WINDOW).date()),
    )
    with disable_auditlog():
        return sum(batches_delete(rows) for rows in old)
