"""The tables of limits and incidents."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from virtadmin.alerting.models.telling import Outage
from virtadmin.alerting.subject import SERVER, URL, Subject, Watched
from virtadmin.core.deleting import cascade
from virtadmin.servers.models import Server
from virtadmin.websites.models import Url

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
    """The time from a limit being crossed (or a server lost, or a website down) to its recovery."""

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
        URL_DOWN = "url_down", "website down"
        CERTIFICATE_EXPIRY = "certificate_expiry", "certificate expires"

    class Level(models.TextChoices):
        WARNING = "warning", "warning"
        CRITICAL = "critical", "critical"

    class Ending(models.TextChoices):
        RECOVERED = "recovered", "it recovered"
        LIMIT_CHANGED = "limit_changed", "the limit was changed"
        PAUSED = "paused", "it was paused"
        NOT_MEASURED = "not_measured", "it is not measured any more"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    server = models.ForeignKey(Server, null=True, blank=True, on_delete=cascade, related_name="incidents")
    url = models.ForeignKey(
        Url, null=True, blank=True, on_delete=cascade, related_name="incidents", verbose_name="website"
    )
    """What it is about is a server or a website: exactly one is set."""
    kind = models.CharField(max_length=20, choices=Kind.choices)
    level = models.CharField(max_length=8, choices=Level.choices, default=Level.WARNING)
    opened = models.DateTimeField(default=timezone.now, db_index=True)
    closed = models.DateTimeField(null=True, blank=True)
    open_key = models.CharField(max_length=50, null=True, unique=True, editable=False)  # noqa: DJ001
    """`Subject.key` while it is open, such as `<server>:<kind>`, then NULL: one open incident of a kind, on every
    database (MySQL has no partial unique constraints, and lets any number of NULLs into a unique column)."""
    limit = models.PositiveSmallIntegerField(null=True, blank=True)
    """The limit in percent that was crossed; NULL where there is none."""
    value = models.FloatField(null=True, blank=True)
    """Percent that was judged at the newest change of level (of a forecast: hours left, of a certificate: days left);
    NULL for what is lost or down."""
    peak = models.FloatField(null=True, blank=True)
    """The highest percent that was judged while it was open."""
    window = models.PositiveSmallIntegerField(default=0)
    """Seconds whose mean was judged; 0 = the newest sample alone."""
    place = models.CharField(max_length=300, blank=True)
    """Which disk."""
    stage = models.CharField(max_length=40, blank=True)
    """For a lost server, what failed (`ssh.stages.Stage`); for a website that is down too (`websites.check.stages`)."""
    reason = models.CharField(max_length=300, blank=True)
    """What happened then, in a sentence."""
    hint = models.CharField(max_length=300, blank=True)
    """What a person can do about that."""
    ending = models.CharField(max_length=20, blank=True, choices=Ending.choices)
    """Why it was closed."""
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
    """What was seen just then. On a server: `processes`, the heaviest first (`metrics.top`). Of a website that is down:
    `status`. Of a certificate: `expires` (Unix seconds) and `lifetime` (seconds)."""

    class Meta:
        ordering = ["-opened", "-pk"]
        indexes = [
            models.Index(fields=["server", "-opened"], name="incident_of_server"),
            models.Index(fields=["url", "-opened"], name="incident_of_url"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(server__isnull=False, url=None) | models.Q(server=None, url__isnull=False),
                name="incident_of_server_or_url",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.about}"

    @property
    def subject(self) -> Subject:
        """What it is about, without reading that."""
        return Subject(SERVER, self.server_id) if self.server_id else Subject(URL, self.url_id or 0)

    @property
    def about(self) -> Watched:
        """What it is about, read."""
        return self.server or self.url  # type: ignore[return-value]  # the table's constraint: it has one of them
