"""People look after incidents, and the hub looks at what they are about: what is done with open incidents."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from virtadmin.accounts.acting import acting, changes_log
from virtadmin.accounts.models import User
from virtadmin.alerting.drafts import EXPLAINED, facts_of, thread_of
from virtadmin.alerting.live import incidents_changed
from virtadmin.alerting.models import Incident, Telling
from virtadmin.alerting.rules.coverage import person_of, sees, subjects_placed
from virtadmin.alerting.selectors import incidents_open
from virtadmin.alerting.subject import Subject, Watched, require_watched
from virtadmin.alerting.telling.gathered import listed
from virtadmin.alerting.telling.repeats import reminder_after
from virtadmin.alerting.watched import watched_read
from virtadmin.alerting.websites.facts import INCIDENTS
from virtadmin.core.errors import Conflict
from virtadmin.notifications.models import Notification
from virtadmin.notifications.services import Draft, notifications_amend, notifications_create
from virtadmin.servers.models import Server
from virtadmin.servers.rights import require

What, State = Telling.What, Telling.State
OVER = "This incident is over already."
PERMISSION = "alerting.change_incident"


@transaction.atomic
def incident_acknowledge(*, incident: Incident, actor: User) -> Incident:
    """The actor looks after it: nobody is reminded any more, and the others who were told of it are told who does.

    Doing it again, whoever does, changes nothing. Raises NotAllowed, Conflict when it is over.
    """
    row = _open(incident, actor)
    if not row.acknowledged:
        _acknowledge([row], actor)
    return row


@transaction.atomic
def incidents_acknowledge(*, ids: Collection[int], actor: User) -> list[Incident]:
    """The same for those of these that the actor may see, that are open and that nobody looks after yet, which are
    returned. The others who were told are told in one message. Raises NotAllowed."""
    require(actor, PERMISSION)
    seen = incidents_open(actor).filter(pk__in=ids).order_by().values_list("pk", flat=True)
    free = Incident.objects.filter(pk__in=[*seen], open_key__isnull=False, acknowledged=None)
    rows = list(free.select_for_update().order_by("pk"))
    if rows:
        _acknowledge(rows, actor)
    return rows


@transaction.atomic
def incident_unacknowledge(*, incident: Incident, actor: User) -> Incident:
    """Nobody looks after it after all: reminders come again. Raises NotAllowed, Conflict when it is over."""
    row = _open(incident, actor)
    if row.acknowledged:
        changes = {"acknowledged": (row.acknowledged, None), "acknowledged_by": (row.acknowledged_by_id, None)}
        row.acknowledged, row.acknowledged_by, row.next_repeat = None, None, _reminder(row)
        row.save(update_fields=["acknowledged", "acknowledged_by", "next_repeat"])
        with acting(actor):
            changes_log([(row, changes)])
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


def _acknowledge(rows: Sequence[Incident], actor: User) -> None:
    """Note it in the rows, which are locked, and in the change log, and tell the others."""
    now, ids = timezone.now(), [row.pk for row in rows]
    Incident.objects.filter(pk__in=ids).update(acknowledged=now, acknowledged_by=actor, next_repeat=None)
    reminders = Telling.objects.filter(incident__in=ids, what=What.REPEATED, state__in=Telling.PENDING)
    reminders.update(state=State.DROPPED, hold="")
    watched = watched_read({row.subject for row in rows}, state=True)
    for row in rows:
        row.acknowledged, row.acknowledged_by, row.next_repeat = now, actor, None
        _about(row, watched)
    with acting(actor):
        changes_log((row, {"acknowledged": (None, now), "acknowledged_by": (None, actor.pk)}) for row in rows)
    by_content: dict[tuple[int, ...], list[User]] = defaultdict(list)
    for person, told in _others_told(rows, watched, actor):
        by_content[tuple(told)].append(person)
    by_id = {row.pk: row for row in rows}
    drafts = [_draft([by_id[pk] for pk in told], watched, actor, some, now) for told, some in by_content.items()]
    notifications_create(drafts=drafts, now=now)
    incidents_changed(rows)


def _draft(
    rows: Sequence[Incident], watched: Mapping[Subject, Watched], actor: User, audience: Sequence[User], at: datetime
) -> Draft:
    """That the actor looks after these."""
    first, by = rows[0], actor.get_username()
    if len(rows) == 1:
        facts = {**facts_of(What.OPENED, first, watched[first.subject], at), "kind": first.get_kind_display()}
    else:
        facts = listed([(str(What.OPENED), row) for row in rows], watched, at) | {"page": INCIDENTS}
    about = first.subject if len({row.subject for row in rows}) == 1 else None
    return Draft(
        kind="acknowledged" if len(rows) == 1 else "acknowledged_several",
        level=Notification.Level.INFO,
        audience=audience,
        facts={**facts, "by": by},
        thread=thread_of(first),
        server_id=about.server_id if about else None,
        url_id=about.url_id if about else None,
        severity=Notification.Level.INFO,
    )


def _others_told(
    rows: Sequence[Incident], watched: Mapping[Subject, Watched], actor: User
) -> list[tuple[User, list[int]]]:
    """Who else was told that which of these opened, and may still see it."""
    opened = Telling.objects.filter(incident__in=[row.pk for row in rows], what=What.OPENED, state=State.TOLD)
    told: dict[int, list[int]] = defaultdict(list)
    for person_id, pk in (
        opened.exclude(recipient=actor).order_by("incident").values_list("recipient_id", "incident_id")
    ):
        told[person_id].append(pk)
    people = User.objects.filter(pk__in=told, is_active=True).order_by("pk").prefetch_related("groups")
    placed, by_id = subjects_placed(watched), {row.pk: row for row in rows}
    found = [
        (person, [pk for pk in told[person.pk] if sees(person_of(person), placed[by_id[pk].subject])])
        for person in people
    ]
    return [(person, seen) for person, seen in found if seen]


def _about(row: Incident, watched: Mapping[Subject, Watched]) -> None:
    """So that what it is about need not be read again."""
    about = watched[row.subject]
    if isinstance(about, Server):
        row.server = about
    else:
        row.url = about


def _reminder(row: Incident) -> datetime | None:
    return reminder_after(row.kind, row.context, timezone.now())


def _open(incident: Incident, actor: User) -> Incident:
    require_watched(actor, PERMISSION, incident.about)
    row = Incident.objects.select_for_update().get(pk=incident.pk)
    if row.open_key is None:
        raise Conflict(OVER)
    return row
