"""What is done here when people come."""

from typing import Any

from auditlog.registry import auditlog
from django.db.models.signals import post_save

from virtadmin.accounts.models import User
from virtadmin.notifications.models import BotUserLink, UserChannel
from virtadmin.notifications.services.channels import channels_default_create


def subscribe() -> None:
    """Called once, at start."""
    post_save.connect(_on_saved, sender=User, dispatch_uid="notifications.channels")
    auditlog.register(UserChannel, exclude_fields=["config", "wait_until"])
    auditlog.register(BotUserLink, exclude_fields=["heard"])


def _on_saved(instance: User, created: bool, raw: bool, **_: Any) -> None:
    if created and not raw:
        channels_default_create(user=instance)
