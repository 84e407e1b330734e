"""The tables of limits and incidents."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from virtadmin.alerting.models.telling import Outage
from virtadmin.servers.models import Server

DEFAULT_LIMIT = 80
DEFAULT_WINDOW = 300
MAX_WINDOW = 3600


def _limit(label: str) -> "models.PositiveSmallIntegerField[int, int]":
    return models.PositiveSmallIntegerField(
        label, default=DEFAULT_LIMIT, validators=[MinValueValidator(1), MaxValueValidator(100)], help_text="percent"
    )


def _notified() -> "models.BooleanField[bool, bool]":
    return models.BooleanField(default=False, editable=False)


class Threshold(models.Model):
    """A server's limits in percent. A `*_notified` flag is set exactly while an incident of that limit is open."""

    server = models.OneToOneField(Server, on_delete=models.CASCADE, related_name="threshold", editable=False)
    cpu_usage = _limit("CPU")
    cpu_usage_notified = _notified()
    ram_usage = _limit("memory")
    ram_usage_notified = _notified()
    hdd_usage = _limit("disk")
    hdd_usage_notified = _notified()
    network_in_usage = _limit("network in")
    network_in_usage_notified = _notified()
    network_out_usage = _limit("network out")
    network_out_usage_notified = _notified()
    window = models.PositiveSmallIntegerField(
        default=DEFAULT_WINDOW, validators=[MaxValueValidator(MAX_WINDOW)],
        help_text="seconds whose mean is judged; 0 = every sample alone. The disk is always judged at once",
    )  # fmt: skip
    overridden = models.JSONField(default=list, blank=True, editable=False)
    """The fields a person set here: no template changes them."""

    class Meta:
        ordering = ["server__name", "pk"]

    def __str__(self) -> str:
        return f"limits of {self.server}"


class Incident(models.Model):
    """The time from a limit being crossed (or a server lost) to its recovery."""

    class Kind(models.TextChoices):
        CPU = "cpu_usage", "CPU"
        RAM = "ram_usage", "memory"
        HDD = "hdd_usage", "disk"
        NETWORK_IN = "network_in_usage", "network in"
        NETWORK_OUT = "network_out_usage", "network out"
        LOST = "lost", "server lost"
        HOST_KEY_CHANGED = "host_key_changed", "host key changed"
        DISK_FORECAST = "disk_forecast", "disk full soon"
        RAM_FORECAST = "ram_forecast", "memory full soon"

    class Level(models.TextChoices):
        WARNING = "warning", "warning"
        CRITICAL = "critical", "critical"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="incidents")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    level = models.CharField(max_length=8, choices=Level.choices, default=Level.WARNING)
    opened = models.DateTimeField(default=timezone.now, db_index=True)
    closed = models.DateTimeField(null=True, blank=True)
    open_key = models.CharField(max_length=50, null=True, unique=True, editable=False)  # noqa: DJ001
    """`<server>:<kind>` while it is open, then NULL: one open incident of a kind, on every database (MySQL has no
    partial unique constraints, and lets any number of NULLs into a unique column)."""
    limit = models.PositiveSmallIntegerField(null=True, blank=True)
    """The limit in percent that was crossed; NULL where there is none."""
    value = models.FloatField(null=True, blank=True)
    """Percent that was judged at the newest change of level (of a forecast: hours left); NULL for a lost server."""
    peak = models.FloatField(null=True, blank=True)
    """The highest percent that was judged while it was open."""
    window = models.PositiveSmallIntegerField(default=0)
    """Seconds whose mean was judged; 0 = the newest sample alone."""
    place = models.CharField(max_length=300, blank=True)
    """Which disk."""
    stage = models.CharField(max_length=20, blank=True)
    """For a lost server: what failed (`ssh.stages.Stage`)."""
    reason = models.CharField(max_length=300, blank=True)
    """For a lost server: what happened, in a sentence."""
    hint = models.CharField(max_length=300, blank=True)
    """For a lost server: what a person can do."""
    ending = models.CharField(max_length=20, blank=True)
    """Why it was closed: recovered, limit_changed, paused, not_measured."""
    outage = models.ForeignKey(
        Outage, null=True, blank=True, on_delete=models.SET_NULL, editable=False, related_name="incidents"
    )
    """For a server that was lost together with most others."""
    acknowledged = models.DateTimeField(null=True, blank=True)
    """When somebody said that they look after it: it is not repeated any more."""
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    next_repeat = models.DateTimeField(null=True, blank=True, db_index=True, editable=False)
    """When people are reminded that it is open; NULL = never."""
    repeats = models.PositiveSmallIntegerField(default=0, editable=False)
    """How often they were."""
    context = models.JSONField(default=dict, blank=True)
    """What was seen on the server just then: `processes`, the heaviest first (`metrics.top`)."""

    class Meta:
        ordering = ["-opened", "-pk"]
        indexes = [models.Index(fields=["server", "-opened"], name="incident_of_server")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.server}"
