"""Reads of messages. A message belongs to its recipient alone; not even an admin reads another person's."""

from datetime import datetime

from django.db.models import QuerySet

from virtadmin.accounts.models import User
from virtadmin.notifications.models import Delivery, Notification


def notifications_visible(user: User) -> QuerySet[Notification]:
    """The person's own messages, newest first."""
    return Notification.objects.filter(recipient=user)


def notifications_unread_count(user: User) -> int:
    """How many of the person's messages are unread."""
    return notifications_visible(user).filter(unread=True).count()


def deliveries_due(now: datetime) -> QuerySet[Delivery]:
    """Deliveries to be tried now, longest waiting first; also those whose worker claimed them and died."""
    return Delivery.objects.filter(status__in=Delivery.UNFINISHED, next_attempt__lte=now).order_by("next_attempt", "pk")
