"""The tables of websites."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from virtadmin.core.secrets import EncryptedTextField
from virtadmin.servers.checks import NAME_MAX
from virtadmin.servers.models import Server
from virtadmin.servers.watched import Watched, WatchedState

MAX_URI = 2000
MAX_BODY = 10_000
MAX_TEXT = 500
MAX_USERNAME = 200
MAX_CA = 50_000
MIN_INTERVAL, MAX_INTERVAL = 5, 24 * 3600
MAX_TIMEOUT = 60
MAX_CONFIRMATIONS = 10


class Url(Watched):
    """A website address that is checked. What changes with every check is in `UrlState`; what people set is here."""

    class Method(models.TextChoices):
        GET = "GET", "GET"
        HEAD = "HEAD", "HEAD"
        OPTIONS = "OPTIONS", "OPTIONS"
        POST = "POST", "POST"

    uri = models.CharField("address", max_length=MAX_URI, help_text="begins with http:// or https://")
    name = models.CharField(max_length=NAME_MAX, blank=True, help_text="what to call it; empty = its address")
    server = models.ForeignKey(
        Server, null=True, blank=True, on_delete=models.SET_NULL, related_name="urls",
        help_text="what it runs on: while that is lost, this one's alerts are held",
    )  # fmt: skip
    interval = models.PositiveIntegerField(
        default=60, validators=[MinValueValidator(MIN_INTERVAL), MaxValueValidator(MAX_INTERVAL)],
        help_text="seconds between checks",
    )  # fmt: skip
    timeout = models.PositiveSmallIntegerField(
        default=10, validators=[MinValueValidator(1), MaxValueValidator(MAX_TIMEOUT)],
        help_text="seconds a check may take, redirects included",
    )  # fmt: skip
    confirmations = models.PositiveSmallIntegerField(
        default=3, validators=[MinValueValidator(1), MaxValueValidator(MAX_CONFIRMATIONS)],
        help_text="failed checks in a row, a few seconds apart, until it counts as down",
    )  # fmt: skip
    check_status_code = models.BooleanField(default=True, help_text="off = any answer will do")
    check_ssl = models.BooleanField(default=True, help_text="remind before the certificate expires")
    method = models.CharField(max_length=7, choices=Method.choices, default=Method.GET)
    body = models.TextField(blank=True, max_length=MAX_BODY, help_text="sent with POST")
    expected_statuses = models.CharField(
        max_length=200, default="200-299", help_text="such as 200-299, 401; of the last answer"
    )
    text_present = models.CharField(
        max_length=MAX_TEXT, blank=True, help_text="must be in the page; letter case counts"
    )
    text_absent = models.CharField(max_length=MAX_TEXT, blank=True, help_text="must not be in the page")
    headers = models.JSONField(default=dict, blank=True, help_text="sent with the request, by name")
    secret_headers = EncryptedTextField(blank=True, editable=False)
    """JSON like `headers`; never shown again."""
    secret_header_names = models.JSONField(default=list, editable=False)
    """Their names, which may be shown, in the order they were given."""
    username = models.CharField(max_length=MAX_USERNAME, blank=True, help_text="for basic authentication")
    password = EncryptedTextField(blank=True)
    follow_redirects = models.BooleanField(default=True)
    verify_tls = models.BooleanField("verify TLS", default=True, help_text="off = any certificate will do")
    ca_certificates = models.TextField(
        "own CA", blank=True, max_length=MAX_CA, help_text="PEM of CAs trusted besides the system's"
    )
    private_allowed = models.BooleanField(default=False, editable=False)
    """Whether loopback and private addresses may be asked: somebody who has the right to allow it did."""

    class Meta:
        ordering = ["name", "uri", "pk"]
        verbose_name = "website"
        permissions = [("private_url", "Can have loopback and private addresses checked")]

    def __str__(self) -> str:
        return self.name or self.uri.partition("://")[2].rstrip("/")[:NAME_MAX]


class UrlState(WatchedState):
    """What is known of a website now."""

    class Status(models.TextChoices):
        PENDING = "pending", "pending"
        UP = "up", "up"
        DOWN = "down", "down"

    url = models.OneToOneField(Url, on_delete=models.CASCADE, primary_key=True, related_name="state")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING, db_index=True)
    last_check = models.DateTimeField(null=True)
    status_code = models.PositiveSmallIntegerField(null=True)
    status_code_message = models.CharField(max_length=100, blank=True)
    """What that status is called."""
    response_time = models.FloatField(null=True)
    """Milliseconds the newest check took from start to end; NULL = it had no answer."""
    ssl_start_date = models.DateTimeField(null=True)
    ssl_expiration_date = models.DateTimeField(null=True)
    ssl_expiration_date_notified = models.BooleanField(default=False)
    """Set exactly while an incident of the certificate's expiry is open."""
    details = models.JSONField(default=dict)
    """Of the newest check, for people: `phases` (ms), `address`, `redirects` (uri, status, to), `hint`."""
    certificate = models.JSONField(default=dict)
    """`check.outcome.Certificate.as_json()`; empty = none was seen yet."""

    def __str__(self) -> str:
        return f"state of website {self.url_id}"


class UrlDay(models.Model):
    """How long a website was up on one day (UTC), in seconds that checks stand for."""

    url = models.ForeignKey(Url, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    up = models.PositiveIntegerField(default=0)
    down = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    """Down while in maintenance: counts neither way."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["url", "day"], name="url_day_once")]
        ordering = ["url", "day"]

    def __str__(self) -> str:
        return f"website {self.url_id} on {self.day}"
