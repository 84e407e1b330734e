"""What alerting does when servers change."""

from typing import Any

from auditlog.registry import auditlog
from django.db.models.signals import post_save

from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.models import Threshold
from virtadmin.alerting.services import incidents_close_unwatched, threshold_create
from virtadmin.servers.events import server_enrolled
from virtadmin.servers.models import Server


def subscribe() -> None:
    """Called once, at start."""
    server_enrolled.connect(_on_enrolled, dispatch_uid="alerting.threshold")
    # Servers are paused in several ways (the API, the admin's list); what they share is that the row is saved.
    post_save.connect(_on_saved, sender=Server, dispatch_uid="alerting.unwatched")
    auditlog.register(Threshold, exclude_fields=[limit.flag for limit in LIMITS])


def _on_enrolled(server: Server, **_: Any) -> None:
    threshold_create(server=server)


def _on_saved(instance: Server, raw: bool, **_: Any) -> None:
    if not raw:
        incidents_close_unwatched(server=instance)
