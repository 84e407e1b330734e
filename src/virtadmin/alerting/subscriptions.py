"""What alerting does when servers and websites change."""

from typing import Any

from auditlog.registry import auditlog
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete

from virtadmin.accounts.log import log_shows
from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.models import MaintenanceWindow, Recipients, Silence, Threshold, ThresholdTemplate
from virtadmin.alerting.rules.maintenance import maintenance_visible
from virtadmin.alerting.rules.recipients import recipients_visible
from virtadmin.alerting.rules.silences import silences_visible
from virtadmin.alerting.rules.threshold_templates import (
    servers_of_tags,
    threshold_templates_visible,
    thresholds_inherit,
)
from virtadmin.alerting.selectors import incidents_visible, thresholds_visible
from virtadmin.alerting.services import incidents_close_unwatched, threshold_create, url_incidents_close_unwatched
from virtadmin.servers.events import server_enrolled
from virtadmin.servers.models import Server, Tag
from virtadmin.websites.models import Url


def subscribe() -> None:
    """Called once, at start."""
    server_enrolled.connect(_on_enrolled, dispatch_uid="alerting.threshold")
    # Servers are paused in several ways (the API, the admin's list); what they share is that the row is saved.
    post_save.connect(_on_saved, sender=Server, dispatch_uid="alerting.unwatched")
    # Websites likewise: in the transaction that pauses them, so that no round in between tells of one.
    post_save.connect(_on_url_saved, sender=Url, dispatch_uid="alerting.url_unwatched")
    # However a server gets or loses a tag, and a template its servers: limits follow.
    m2m_changed.connect(_on_tagged, sender=Server.tags.through, dispatch_uid="alerting.tagged")
    pre_delete.connect(_on_template_going, sender=ThresholdTemplate, dispatch_uid="alerting.template_going")
    post_delete.connect(_on_template_gone, sender=ThresholdTemplate, dispatch_uid="alerting.template_gone")
    auditlog.register(Threshold, exclude_fields=[*(limit.flag for limit in LIMITS), "overridden"])
    auditlog.register(ThresholdTemplate)
    auditlog.register(Silence)
    auditlog.register(MaintenanceWindow)
    auditlog.register(Recipients, m2m_fields={"users"})
    log_shows(
        thresholds_visible,
        threshold_templates_visible,
        silences_visible,
        maintenance_visible,
        recipients_visible,
        incidents_visible,
    )


def _on_enrolled(server: Server, **_: Any) -> None:
    threshold_create(server=server)


def _on_saved(instance: Server, raw: bool, **_: Any) -> None:
    if not raw:
        incidents_close_unwatched(server=instance)


def _on_url_saved(instance: Url, raw: bool, **_: Any) -> None:
    if not raw:
        url_incidents_close_unwatched(url=instance)


def _on_tagged(instance: Model, action: str, pk_set: set[int] | None, **_: Any) -> None:
    if action.startswith("post_") and isinstance(instance, Server):
        thresholds_inherit([instance.pk])
    elif action == "post_clear":  # of a tag: which servers had it is not known any more
        thresholds_inherit(Threshold.objects.values_list("server_id", flat=True))
    elif action.startswith("post_") and isinstance(instance, Tag):
        thresholds_inherit(pk_set or ())


def _on_template_going(instance: ThresholdTemplate, **_: Any) -> None:
    instance.left = servers_of_tags([instance.tag_id])


def _on_template_gone(instance: ThresholdTemplate, **_: Any) -> None:
    thresholds_inherit(instance.left)
