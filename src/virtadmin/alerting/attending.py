"""People look after an incident, and the hub looks at what it is about: what is done with an open incident."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from virtadmin.accounts.models import User
from virtadmin.alerting.drafts import EXPLAINED, facts_of, thread_of
from virtadmin.alerting.live import incidents_changed
from virtadmin.alerting.models import Incident, Telling
from virtadmin.alerting.subject import require_watched, sees_watched
from virtadmin.alerting.telling.repeats import reminder_after
from virtadmin.core.errors import Conflict
from virtadmin.notifications.models import Notification
from virtadmin.notifications.services import Draft, notifications_amend, notifications_create

What, State = Telling.What, Telling.State
OVER = "This incident is over already."


@transaction.atomic
def incident_acknowledge(*, incident: Incident, actor: User) -> Incident:
    """The actor looks after it: nobody is reminded any more, and the others who were told of it are told who does.

    Doing it again, whoever does, changes nothing. Raises NotAllowed, Conflict when it is over.
    """
    row = _open(incident, actor)
    if row.acknowledged:
        return row
    now = timezone.now()
    row.acknowledged, row.acknowledged_by, row.next_repeat = now, actor, None
    row.save(update_fields=["acknowledged", "acknowledged_by", "next_repeat"])
    reminders = Telling.objects.filter(incident=row, what=What.REPEATED, state__in=Telling.PENDING)
    reminders.update(state=State.DROPPED, hold="")
    others = [person for person in _told(row) if person != actor]
    facts = facts_of(What.OPENED, row, row.about, now)
    draft = Draft(
        kind="acknowledged",
        level=Notification.Level.INFO,
        audience=others,
        facts={**facts, "by": actor.get_username(), "kind": row.get_kind_display()},
        thread=thread_of(row),
        server_id=row.server_id,
        url_id=row.url_id,
        severity=Notification.Level.INFO,
    )
    notifications_create(drafts=[draft], now=now)
    incidents_changed([row])
    return row


@transaction.atomic
def incident_unacknowledge(*, incident: Incident, actor: User) -> Incident:
    """Nobody looks after it after all: reminders come again. Raises NotAllowed, Conflict when it is over."""
    row = _open(incident, actor)
    if row.acknowledged:
        row.acknowledged, row.acknowledged_by, row.next_repeat = None, None, _reminder(row)
        row.save(update_fields=["acknowledged", "acknowledged_by", "next_repeat"])
        incidents_changed([row])
    return row


@transaction.atomic
def incident_context_save(*, incident_id: int, processes: Sequence[Mapping[str, Any]]) -> None:
    """Keep the heaviest processes (as `metrics.top` has them) of the moment the incident opened or became critical, and
    let the messages that wait for them go. An incident deleted meanwhile is nobody's business."""
    facts = {"processes": [dict(process) for process in processes]}
    Incident.objects.filter(pk=incident_id).update(context=facts)
    incidents_changed(Incident.objects.filter(pk=incident_id))
    told = Notification.objects.filter(tellings__incident_id=incident_id, tellings__what__in=EXPLAINED)
    for thread in {*told.values_list("thread", flat=True)}:
        notifications_amend(thread=thread, facts=facts, now=timezone.now())


def _reminder(row: Incident) -> datetime | None:
    return reminder_after(row.kind, row.context, timezone.now())


def _open(incident: Incident, actor: User) -> Incident:
    require_watched(actor, "alerting.change_incident", incident.about)
    row = Incident.objects.select_for_update().get(pk=incident.pk)
    if row.open_key is None:
        raise Conflict(OVER)
    return row


def _told(incident: Incident) -> list[User]:
    """Who was told that it opened, and may still see it."""
    told = Telling.objects.filter(incident=incident, what=What.OPENED, state=State.TOLD)
    people = User.objects.filter(pk__in=told.values("recipient"), is_active=True).order_by("pk")
    return [person for person in people if sees_watched(person, incident.about)]
