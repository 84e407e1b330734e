"""The tables of who is told of which incident, and when."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from virtadmin.notifications.models import Notification


class Telling(models.Model):
    """One thing that one person is told of one incident, once. Written in the transaction of the incident's change;
    it becomes part of a Notification in that same transaction, or later when nothing holds it back any more."""

    class What(models.TextChoices):
        OPENED = "opened", "it opened"
        RISEN = "risen", "it became critical"
        REPEATED = "repeated", "it is still open"
        CLOSED = "closed", "it is over"

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        HELD = "held", "held back"
        TOLD = "told", "told"
        DROPPED = "dropped", "not told: there was nothing to tell any more"

    class Hold(models.TextChoices):
        LOST = "lost", "its server is lost"
        PARENT = "parent", "what its server hangs on is lost"
        SILENCED = "silenced", "silenced"
        MAINTENANCE = "maintenance", "in maintenance"
        CUT_OFF = "cut_off", "the hub is cut off"

    PENDING = (State.WAITING, State.HELD)

    incident = models.ForeignKey("alerting.Incident", on_delete=models.CASCADE, related_name="tellings")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tellings")
    what = models.CharField(max_length=8, choices=What.choices)
    number = models.PositiveSmallIntegerField(default=0)
    """Which repeat it is; 0 for all else."""
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    hold = models.CharField(max_length=11, choices=Hold.choices, blank=True)
    """Why it is held back."""
    due = models.DateTimeField(default=timezone.now)
    """From when on it may be told by itself; then it is joined with what comes at the same time. Once told: when."""
    notification = models.ForeignKey(
        Notification, null=True, blank=True, on_delete=models.SET_NULL, related_name="tellings"
    )
    """The message that told it, together with others maybe."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "recipient", "what", "number"], name="telling_once"),
        ]
        indexes = [models.Index(fields=["state", "due"], name="telling_due")]

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.get_state_display()}"


class CertificateChange(models.Model):
    """That a website shows another certificate, still to be told to one person: with others, for a shared one is
    noticed website by website. The row goes when it is told."""

    url = models.ForeignKey("websites.Url", on_delete=models.CASCADE, related_name="certificate_changes")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="certificate_changes"
    )
    text = models.CharField(max_length=1000)
    """How it differs, in a sentence."""
    noticed = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["url", "recipient"], name="certificate_change_once")]

    def __str__(self) -> str:
        return f"certificate of website {self.url_id}, for user {self.recipient_id}"


class Pace(models.Model):
    """How often a person was just told of servers lost and back (or other news that come in storms, by their stream):
    the more often, the longer the next is gathered."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="paces")
    stream = models.CharField(max_length=20)
    """A name of `telling.joining.Stream`."""
    told = models.DateTimeField(null=True)
    """When the newest such message was written."""
    joined = models.PositiveSmallIntegerField(default=0)
    """How many messages of gathered news came one after the other up to then."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recipient", "stream"], name="pace_once_per_stream")]

    def __str__(self) -> str:
        return f"pace of user {self.recipient_id}: {self.stream}"


class Outage(models.Model):
    """Most servers were lost at once, or most websites gave no answer. It gathers them until no more come, then asks
    whether the hub itself is cut off, and is told in one message a person."""

    began = models.DateTimeField(default=timezone.now)
    cut_off = models.BooleanField(null=True)
    """Whether the hub's own check failed too; NULL until it was made."""
    told = models.DateTimeField(null=True)
    """When it stopped gathering."""
    of_websites = models.BooleanField(default=False)
    """They are websites, not servers."""

    def __str__(self) -> str:
        return f"outage of {self.began:%Y-%m-%d %H:%M}"
