"""Whose turn it is: only so many runs are under way at once, so that two hundred servers added together neither
fill the hub's workers nor ask the network for everything in one second.

A run whose turn it is not stays pending. Whoever ends a run hands the turn on, and the reaper does so for the lost.
"""

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from virtadmin.core.models import Hub
from virtadmin.servers.dispatch import task_send
from virtadmin.servers.models import InitialServerProfile

Status, Step = InitialServerProfile.Status, InitialServerProfile.Step


def turn_take(profile_id: int) -> InitialServerProfile | None:
    """The run, now under way; None if it is not pending, or it has to wait. One verified by hand never waits."""
    with transaction.atomic():
        Hub.objects.select_for_update().get_or_create(pk=1)  # one decides at a time
        pending = InitialServerProfile.objects.filter(pk=profile_id, status=Status.PENDING)
        if not _free():
            pending = pending.filter(by_hand=True)
        if not pending.update(status=Status.RUNNING, heartbeat=timezone.now(), step=Step.AUTHENTICATE):
            return None
    return InitialServerProfile.objects.get(pk=profile_id)


def turns_give() -> None:
    """Send those that wait to the workers, as many as may begin; those entered one by one come before imports."""
    free = _free()
    if not free:
        return
    ids = _ids(_waiting().filter(import_row=None), free)
    ids += _ids(_waiting().exclude(import_row=None), free - len(ids))
    for profile_id in ids:
        task_send("servers.enrol", profile_id)


def _free() -> int:
    running = InitialServerProfile.objects.filter(status=Status.RUNNING).count()
    return max(0, settings.ENROLMENTS_AT_ONCE - running)


def _waiting() -> QuerySet[InitialServerProfile]:
    return InitialServerProfile.objects.filter(status=Status.PENDING, by_hand=False)


def _ids(runs: QuerySet[InitialServerProfile], most: int) -> list[int]:
    return list(runs.order_by("pk").values_list("pk", flat=True)[:most])
