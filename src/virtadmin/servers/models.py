"""The tables of watched servers."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from virtadmin.core.secrets import EncryptedTextField
from virtadmin.servers.watched import Watched, WatchedState

PORTS = [MinValueValidator(1), MaxValueValidator(65535)]


class Tag(models.Model):
    """A word servers and websites are grouped by."""

    name = models.CharField(max_length=50, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Server(Watched):
    """A watched machine. What changes every minute is in `ServerState`; what people set is here."""

    class Transport(models.TextChoices):
        SSH = "ssh", "SSH"
        LOCAL = "local", "this machine"

    name = models.CharField(max_length=100)
    ip_address = models.CharField("address", max_length=255, help_text="IP address or host name")
    port = models.PositiveIntegerField(default=22, validators=PORTS)
    username = models.CharField(max_length=100, default="virtadmin", help_text="whom the probe runs as there")
    transport = models.CharField(max_length=5, choices=Transport.choices, default=Transport.SSH, editable=False)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children",
        help_text="what it hangs on: while that is lost, this one's alerts are held",
    )  # fmt: skip
    interval = models.PositiveIntegerField(
        default=60, validators=[MinValueValidator(5), MaxValueValidator(3600)], help_text="seconds between samples"
    )
    metrics_disabled = models.JSONField(default=list, blank=True, editable=False)
    link_speed = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(1_000_000)],
        help_text="Mb/s; network limits are percent of it. Empty = as found on the server; unknown = limits off",
    )  # fmt: skip
    private_key = EncryptedTextField(blank=True, editable=False)
    public_key = models.TextField(blank=True, editable=False)
    host_keys = models.TextField(blank=True, editable=False)
    """The pinned public keys of the host, OpenSSH format, one a line."""
    enrolled = models.BooleanField(default=False, editable=False)
    """Its first enrolment succeeded: only then is it asked. (A row of a first enrolment still running says False.)"""
    has_root_install = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "ip_address", "port"], name="server_once_per_owner"),
        ]

    def __str__(self) -> str:
        return self.name


class ServerState(WatchedState):
    """What is known of a server now."""

    class Status(models.TextChoices):
        PENDING = "pending", "pending"
        UP = "up", "up"
        DOWN = "down", "down"
        UNKNOWN = "unknown", "unknown"

    server = models.OneToOneField(Server, on_delete=models.CASCADE, primary_key=True, related_name="state")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING, db_index=True)
    last_update = models.DateTimeField(null=True)
    uptime = models.BigIntegerField(null=True)
    cpu_usage = models.FloatField(null=True)
    ram_usage = models.FloatField(null=True)
    ram_total = models.BigIntegerField(null=True)
    hdd_usage = models.FloatField(null=True)
    hdd_total = models.FloatField(null=True)
    network_usage_in = models.FloatField(null=True)
    network_usage_out = models.FloatField(null=True)
    metrics = models.JSONField(default=dict)
    """The whole newest observation: `metrics.observation.Observation.as_json()`."""
    facts = models.JSONField(default=dict)
    """Operating system, kernel, processor, probe: what seldom changes."""

    def __str__(self) -> str:
        return f"state of server {self.server_id}"


class InitialServerProfile(models.Model):
    """What a person entered to add a server (or to take one away), the run that came of it, and its log."""

    class Action(models.TextChoices):
        ENROL = "enrol", "enrol"
        UNENROL = "unenrol", "un-enrol"

    class Status(models.TextChoices):
        PENDING = "pending", "pending"
        RUNNING = "running", "running"
        SUCCEEDED = "succeeded", "succeeded"
        FAILED = "failed", "failed"

    class Step(models.TextChoices):
        AUTHENTICATE = "authenticate", "authenticate"
        USER = "user", "make the user"
        HOME = "home", "make its home"
        KEY = "key", "install the key"
        ENVIRONMENT = "environment", "make the environment"
        FIRST_RUN = "first_run", "run the probe"
        VERIFY = "verify", "verify"

    action = models.CharField(max_length=7, choices=Action.choices, default=Action.ENROL, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profiles")
    name = models.CharField(max_length=100, blank=True, help_text="what to call the server; empty = its host name")
    ip_address = models.CharField("address", max_length=255, help_text="IP address or host name")
    port = models.PositiveIntegerField(default=22, validators=PORTS)
    username = models.CharField(max_length=100, default="root", help_text="a login that may create users, or any other")
    password = EncryptedTextField(blank=True)
    ssh_key = EncryptedTextField(blank=True)
    ssh_key_passphrase = EncryptedTextField(blank=True)
    tags = models.JSONField(default=list, blank=True, editable=False)
    """Names of tags the server gets when the run succeeds."""
    by_hand = models.BooleanField(default=False, editable=False)
    """No login given: a person runs the printed script, then the hub verifies."""
    host_key_fingerprint = models.CharField(
        max_length=100, blank=True, help_text="SHA256:…, matched before anything is sent"
    )
    status = models.CharField(
        max_length=9, choices=Status.choices, default=Status.PENDING, editable=False, db_index=True
    )
    step = models.CharField(max_length=12, choices=Step.choices, default=Step.AUTHENTICATE, editable=False)
    log = models.TextField(blank=True, editable=False)
    server = models.ForeignKey(Server, null=True, on_delete=models.SET_NULL, editable=False, related_name="profiles")
    created = models.DateTimeField(default=timezone.now, editable=False)
    heartbeat = models.DateTimeField(null=True, editable=False)
    finished = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-created"]
        verbose_name = "initial server profile"

    def __str__(self) -> str:
        return f"{self.username}@{self.ip_address}:{self.port}"


class EnrolmentLog(models.Model):
    """The log of a server's newest enrolment, for as long as the server stays (profiles go after a while)."""

    server = models.OneToOneField(Server, on_delete=models.CASCADE, primary_key=True, related_name="enrolment_log")
    text = models.TextField()
    finished = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"enrolment of server {self.server_id}"


class UnknownSystem(models.Model):
    """A system the probe cannot run on."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="unknown_systems")
    ip_address = models.CharField("address", max_length=255)
    port = models.PositiveIntegerField(default=22)
    system = models.CharField(max_length=300, help_text="what it says it is")
    tried = models.TextField(help_text="what was tried and how it ended")
    seen = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-seen"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "ip_address", "port"], name="unknown_system_once_per_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.ip_address}: {self.system}"


class ServerImport(models.Model):
    """Many servers added at once: what was read from a list, the keys their hosts show, and the runs that came of it.

    The list itself is not kept, as there may be secrets in it.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="imports")
    format = models.CharField(max_length=20)
    refusals = models.JSONField(default=list)
    """What could not be imported: line, what, why."""
    username = models.CharField(max_length=100, default="root")
    """The login of those rows that name none."""
    created = models.DateTimeField(default=timezone.now)
    started = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"import {self.pk}"


class ImportRow(models.Model):
    """One server of an import."""

    batch = models.ForeignKey(ServerImport, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    ip_address = models.CharField(max_length=255)
    port = models.PositiveIntegerField(default=22)
    username = models.CharField(max_length=100, blank=True)
    """Its login; empty = as for all."""
    name = models.CharField(max_length=100, blank=True)
    tags = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=100, blank=True)
    """As the list gave it: the host must show this key."""
    chosen = models.BooleanField(default=True)
    shown = models.JSONField(default=list)
    """Algorithm and fingerprint of the keys the host showed, the preferred first."""
    looked = models.BooleanField(default=False)
    """The host was asked for its keys."""
    refusal = models.CharField(max_length=500, blank=True)
    """Why there is no run: the host could not be asked, or the run was refused."""
    profile = models.OneToOneField(
        InitialServerProfile, null=True, on_delete=models.SET_NULL, related_name="import_row"
    )
    """Its newest run."""

    class Meta:
        ordering = ["line", "pk"]

    def __str__(self) -> str:
        return f"{self.ip_address}:{self.port}"
