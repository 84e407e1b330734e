"""What the tables of servers and of websites have in common."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone


class Watched(models.Model):
    """What is watched, as people set it. It has a `WatchedState` under `state`."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="%(class)ss")
    groups = models.ManyToManyField(
        "auth.Group", blank=True, related_name="%(class)ss", help_text="who else may see it"
    )
    tags = models.ManyToManyField("servers.Tag", blank=True, related_name="%(class)ss")
    enabled = models.BooleanField(default=True, help_text="off = paused: nothing is asked, nobody is told")
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True

    @property
    def status(self) -> str:
        """What people are told: "paused" while nothing is asked, else the newest state."""
        return str(self.state.status) if self.enabled else "paused"  # type: ignore[attr-defined]  # the tables have it


class WatchedState(models.Model):
    """What is known of it now. Written in bulk by the collector, never by people, so it has no change log."""

    status: "models.CharField[str, str]"
    status_reason = models.CharField(max_length=300, blank=True)
    """Why it is down or suspect: `<stage>: sentence`; empty while all is well."""
    failures = models.PositiveIntegerField(default=0)
    """Failed polls or checks in a row."""
    successes = models.PositiveIntegerField(default=0)
    """Good ones in a row while it is down, counted up to 2."""
    retry_at = models.FloatField(null=True)
    """Unix time at which it is asked again, before or after its interval says so."""
    round = models.BigIntegerField(default=0)
    """The collector's round that wrote this; what comes late of an older one is dropped."""
    revision = models.PositiveIntegerField(default=0, db_default=0)
    """How often what is asked, or by which keys, was changed: what comes of an older question is dropped."""

    class Meta:
        abstract = True


REACH = ("status", "status_reason", "failures", "successes", "retry_at")
"""What the collector believes of whether it is up."""


def revised(fresh: WatchedState, *names: str) -> dict[str, Any]:
    """The columns of a state once something else is asked: these are what a new one, `fresh`, has there, and what was
    asked before counts no more."""
    return {"revision": F("revision") + 1, **{name: getattr(fresh, name) for name in names}}


ROUNDS_MISSED = 3
SPARE_SECONDS = 60
"""How long after so many missed rounds something counts as forgotten: the collector itself may be away."""


def is_overdue(last: datetime | None, interval: int, now: datetime, retry_at: float | None = None) -> bool:
    """Whether nothing was heard of it for three intervals (seconds), though it was not to wait until `retry_at` (Unix
    time). Of what never said anything it is not known."""
    if last is None or (retry_at or 0) > now.timestamp():
        return False
    return (now - last).total_seconds() > ROUNDS_MISSED * interval + SPARE_SECONDS
