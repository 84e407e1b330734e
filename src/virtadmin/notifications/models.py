"""The tables of messages and their way to people."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from virtadmin.servers.models import Server


class Notification(models.Model):
    """One message for one person. Its text is written once; `meta` holds the facts it was written from."""

    class Level(models.TextChoices):
        INFO = "info", "info"
        WARNING = "warning", "warning"
        CRITICAL = "critical", "critical"
        RECOVERY = "recovery", "recovery"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    """Known before the row is written; the Message-ID of its email, so that a repeated email is seen as the same."""
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    level = models.CharField(max_length=8, choices=Level.choices, default=Level.INFO)
    kind = models.CharField(max_length=40, editable=False)
    """Which templates it is written with: `templates/notifications/<kind>.*`."""
    thread = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    """What belongs together, such as all messages of one incident; email shows it as one conversation."""
    server = models.ForeignKey(Server, null=True, blank=True, on_delete=models.SET_NULL, related_name="notifications")
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    meta = models.JSONField(default=dict, blank=True)
    unread = models.BooleanField(default=True)
    pushed = models.BooleanField(default=False, editable=False)
    """It was shown live in a page."""
    emailed = models.BooleanField(default=False, editable=False)
    timestamp = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-timestamp", "-pk"]
        indexes = [models.Index(fields=["recipient", "unread", "-timestamp"], name="notification_inbox")]

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """One notification on its way over one channel: an outbox line that workers claim."""

    class Status(models.TextChoices):
        PENDING = "pending", "waiting"
        CLAIMED = "claimed", "being sent"
        SENT = "sent", "sent"
        FAILED = "failed", "failed, tried again"
        GIVEN_UP = "given_up", "given up"

    UNFINISHED = (Status.PENDING, Status.CLAIMED, Status.FAILED)

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=20)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt = models.DateTimeField(default=timezone.now)
    """When it is due. While claimed: when its worker counts as dead and another takes it."""
    error = models.CharField(max_length=300, blank=True)
    """Why the newest attempt failed; never holds a secret."""
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["notification", "channel"], name="delivery_once_per_channel")]
        indexes = [models.Index(fields=["status", "next_attempt"], name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.channel}: {self.status}"
