"""The tables of what holds messages: silences, and maintenance windows that come again."""

import zoneinfo
from datetime import datetime

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from virtadmin.accounts.models import validate_zone
from virtadmin.alerting.models.incidents import Incident
from virtadmin.alerting.rules.recurrence import MAX_MINUTES, WEEKDAYS, Recurrence
from virtadmin.servers.models import Server, Tag
from virtadmin.websites.models import Url


class Silence(models.Model):
    """Holds messages from one time to another: of a server and its websites, of a website, of what has a tag, of a kind
    of incident.

    What is given must all hold. It covers nothing that its owner may not see.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="silences", editable=False
    )
    server = models.ForeignKey(Server, null=True, blank=True, on_delete=models.CASCADE, related_name="silences")
    url = models.ForeignKey(
        Url, null=True, blank=True, on_delete=models.CASCADE, related_name="silences", verbose_name="website"
    )
    tag = models.ForeignKey(Tag, null=True, blank=True, on_delete=models.CASCADE, related_name="silences")
    kind = models.CharField(
        max_length=20, blank=True, choices=[("", "every kind"), *Incident.Kind.choices], help_text="of incident"
    )
    starts = models.DateTimeField(default=timezone.now)
    ends = models.DateTimeField(null=True, blank=True, db_index=True, help_text="empty = until somebody ends it")
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-starts", "-pk"]

    def __str__(self) -> str:
        named = (
            self.server and self.server.name,
            self.url and str(self.url),
            self.tag and f"tag {self.tag.name}",
            self.kind and self.get_kind_display(),
        )
        return ", ".join(word for word in named if word)

    def runs(self, at: datetime) -> bool:
        """Whether it holds messages at that time."""
        return self.starts <= at and (self.ends is None or self.ends > at)


class MaintenanceWindow(models.Model):
    """Holds messages of a server and its websites, of a website, of what has a tag, or of all that its owner owns,
    whenever it is.

    Exactly one of `weekdays`, `month_day` and `date` is set.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="maintenance_windows", editable=False
    )
    name = models.CharField(max_length=100)
    server = models.ForeignKey(Server, null=True, blank=True, on_delete=models.CASCADE, related_name="maintenance")
    url = models.ForeignKey(
        Url, null=True, blank=True, on_delete=models.CASCADE, related_name="maintenance", verbose_name="website"
    )
    tag = models.ForeignKey(Tag, null=True, blank=True, on_delete=models.CASCADE, related_name="maintenance")
    zone = models.CharField("time zone", max_length=64, validators=[validate_zone], help_text="such as Europe/Berlin")
    weekdays = models.JSONField("days of the week", default=list, blank=True)
    """Names of `recurrence.WEEKDAYS`."""
    month_day = models.PositiveSmallIntegerField(
        "day of the month", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text="1 to 31; in a shorter month its last day",
    )  # fmt: skip
    date = models.DateField(null=True, blank=True, help_text="once, on this day")
    start = models.TimeField(help_text="by the clock there")
    minutes = models.PositiveIntegerField(
        default=60, validators=[MinValueValidator(1), MaxValueValidator(MAX_MINUTES)], help_text="how long it lasts"
    )
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def recurrence(self) -> Recurrence:
        """When it is."""
        return Recurrence(
            zone=zoneinfo.ZoneInfo(self.zone),
            start=self.start,
            minutes=self.minutes,
            weekdays=frozenset(WEEKDAYS.index(name) for name in self.weekdays),
            month_day=self.month_day,
            on=self.date,
        )
