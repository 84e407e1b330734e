"""The tables of messages and their way to people."""

import json
import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from virtadmin.core.secrets import EncryptedTextField
from virtadmin.servers.models import Server, Tag
from virtadmin.websites.models import Url

NAME_LENGTH = 20
REASON_LENGTH = 300


def spoken(name: str) -> str:
    """A name of `registry.CHANNELS`, which stands above the tables, as words: "server log"."""
    return name.replace("_", " ")


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
    url = models.ForeignKey(
        Url, null=True, blank=True, on_delete=models.SET_NULL, related_name="notifications", verbose_name="website"
    )
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


class UserChannel(models.Model):
    """One of a person's channels: where messages go, which of them, and when."""

    class Level(models.TextChoices):
        INFO = "info", "everything"
        WARNING = "warning", "warnings and worse"
        CRITICAL = "critical", "critical alone"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="channels")
    kind = models.CharField(max_length=NAME_LENGTH)
    """A name of `registry.CHANNELS`."""
    label = models.CharField(max_length=100, blank=True, help_text="what to call it; empty = what kind it is")
    config = EncryptedTextField(blank=True, editable=False)
    """JSON of what the kind's form asks for; may hold secrets. Read and written as `settings`."""
    enabled = models.BooleanField(default=True)
    level = models.CharField(max_length=8, choices=Level.choices, default=Level.WARNING)
    """From which level on. A recovery counts as the level of what it ends."""
    tags = models.ManyToManyField(Tag, blank=True, related_name="channels", help_text="none = everything")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    """Quiet hours in the person's time zone; they may span midnight. What comes then waits until they end."""
    quiet_critical = models.BooleanField(default=True, help_text="critical messages come in quiet hours all the same")
    fallback = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="stands_in_for")
    """Where a message goes that could not be delivered here."""
    disabled_reason = models.CharField(max_length=REASON_LENGTH, blank=True, editable=False)
    """What the other side said when it was over, as that the bot was blocked; empty if its owner switched it off."""
    disabled_at = models.DateTimeField(null=True, editable=False)
    wait_until = models.DateTimeField(null=True, editable=False)
    """Until then nothing is sent: the other side asked for a pause."""
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = "channel"

    def __str__(self) -> str:
        return self.label or spoken(self.kind)

    @property
    def settings(self) -> dict[str, Any]:
        """What the kind's form asked for, by field."""
        return dict(json.loads(self.config)) if self.config else {}

    @settings.setter
    def settings(self, values: dict[str, Any]) -> None:
        self.config = json.dumps(values) if values else ""


class BotUserLink(models.Model):
    """A person tied to a conversation of a chat platform. It goes when its channel goes."""

    class Platform(models.TextChoices):
        TELEGRAM = "telegram", "Telegram"
        MESSENGER = "messenger", "Messenger"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="chats")
    platform = models.CharField(max_length=NAME_LENGTH, choices=Platform.choices)
    conversation = models.CharField(max_length=64)
    """The platform's id of the conversation: a chat id, a page-scoped user id."""
    title = models.CharField(max_length=200, blank=True)
    """How the conversation calls itself."""
    channel = models.OneToOneField(UserChannel, on_delete=models.CASCADE, related_name="link")
    linked = models.DateTimeField(default=timezone.now, editable=False)
    heard = models.DateTimeField(null=True, editable=False)
    """When the person's newest message came; Messenger may be written to for 24 hours after it."""

    class Meta:
        ordering = ["pk"]
        verbose_name = "linked chat"
        constraints = [
            models.UniqueConstraint(fields=["platform", "conversation"], name="bot_link_once_per_conversation")
        ]

    def __str__(self) -> str:
        return f"{self.get_platform_display()}: {self.title or self.conversation}"


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
    user_channel = models.ForeignKey(UserChannel, null=True, on_delete=models.SET_NULL, related_name="deliveries")
    """Which of the person's channels; NULL once they have deleted it."""
    channel = models.CharField(max_length=NAME_LENGTH)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt = models.DateTimeField(default=timezone.now)
    """When it is due. While claimed: when its worker counts as dead and another takes it."""
    error = models.CharField(max_length=REASON_LENGTH, blank=True)
    """Why the newest attempt failed; never holds a secret."""
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["notification", "user_channel"], name="delivery_once_per_channel")
        ]
        indexes = [models.Index(fields=["status", "next_attempt"], name="delivery_due")]

    def __str__(self) -> str:
        return f"{spoken(self.channel)}: {self.get_status_display()}"
