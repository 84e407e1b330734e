"""Silences: messages held for a time. Checking goes on; what is still open when one ends is told then."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from virtadmin.accounts.acting import acting, changes_log
from virtadmin.accounts.models import User
from virtadmin.alerting.live import incidents_changed
from virtadmin.alerting.models import Incident
from virtadmin.alerting.models.quiet import Silence
from virtadmin.alerting.rules.ruling import (
    meant_checked,
    refuse_changed,
    require_rule,
    rules_visible,
)
from virtadmin.alerting.selectors import incidents_open
from virtadmin.alerting.subject import Watched, require_watched
from virtadmin.core.errors import InvalidInput
from virtadmin.servers.checks import line_checked
from virtadmin.servers.models import Server
from virtadmin.servers.rights import require
from virtadmin.websites.models import Url

HOUR = 3600
REASON_MAX = 200
LONGEST = timedelta(days=366)
Wanted = tuple[Watched, str, Incident | None]
"""What is to be silenced, which kind of incident of it ("" = every kind), and the incident that somebody did it at."""


def silences_visible(user: User) -> QuerySet[Silence]:
    """The silences this person made, and those of what they may see."""
    return rules_visible(Silence.objects.select_related("owner", "server", "url", "tag"), user)


def silence_create(
    *,
    actor: User,
    server: Server | None = None,
    url: Url | None = None,
    tag: str = "",
    kind: str = "",
    starts: datetime | None = None,
    ends: datetime | None = None,
    reason: str = "",
) -> Silence:
    """Hold the messages of a server and its websites, of a website, of what has a tag, of a kind of incident; all that
    is given must hold.

    `starts` None = now, `ends` None = until somebody ends it. Raises InvalidInput, NotAllowed.
    """
    require(actor, "alerting.add_silence")
    silence = Silence(
        owner=actor,
        **meant_checked(actor, server, url, tag),
        kind=_kind_checked(kind),
        starts=_start_checked(starts),
        reason=line_checked("reason", reason, most=REASON_MAX, may_be_empty=True),
    )
    if not (silence.server or silence.url or silence.tag or kind):
        raise InvalidInput("server", "Say what to silence: a server, a website, a tag or a kind of incident.")
    silence.ends = _end_checked(silence.starts, ends)
    with acting(actor):
        silence.save()
    incidents_changed([silence])
    return silence


def silence_update(*, silence: Silence, actor: User, **fields: Any) -> Silence:
    """Change `ends` (None = until somebody ends it) and `reason`, nothing else. Raises InvalidInput, NotAllowed."""
    require_rule(actor, "alerting.change_silence", silences_visible(actor), silence)
    refuse_changed(silence, {name: value for name, value in fields.items() if name not in ("ends", "reason")})
    if "ends" in fields:
        silence.ends = _end_checked(silence.starts, fields["ends"])
    if "reason" in fields:
        silence.reason = line_checked("reason", fields["reason"], most=REASON_MAX, may_be_empty=True)
    with acting(actor):
        silence.save(update_fields=["ends", "reason"])
    incidents_changed([silence])
    return silence


def silence_end(*, silence: Silence, actor: User, now: datetime | None = None) -> None:
    """End it now; one that has not begun goes altogether. What is over already stays as it is. Raises NotAllowed."""
    require_rule(actor, "alerting.delete_silence", silences_visible(actor), silence)
    now = now or timezone.now()
    with acting(actor):
        if silence.starts > now:
            silence.delete()
        elif silence.ends is None or silence.ends > now:
            silence.ends = now
            silence.save(update_fields=["ends"])
    incidents_changed([silence])


@transaction.atomic
def incident_silence(*, incident: Incident, actor: User, seconds: int | None = HOUR) -> Silence:
    """Hold the messages of this kind on this server or website, as `watched_silence` does."""
    require_watched(actor, "alerting.add_silence", incident.about)
    return _silenced([(incident.about, incident.kind, incident)], actor, seconds)[0]


@transaction.atomic
def watched_silence(*, about: Watched, actor: User, seconds: int | None = HOUR, kind: str = "") -> Silence:
    """Hold the messages of a server or website, of every kind or one, for so many seconds from now; None = until
    somebody ends it.

    Asked again, the person's own silence of it is made longer, never shorter. Raises InvalidInput, NotAllowed.
    """
    require_watched(actor, "alerting.add_silence", about)
    return _silenced([(about, kind, None)], actor, seconds)[0]


@transaction.atomic
def incidents_silence(*, ids: Collection[int], actor: User, seconds: int | None = HOUR) -> list[Silence]:
    """The same for those of these incidents that the actor may see and that are open; a silence for each.

    Raises InvalidInput, NotAllowed.
    """
    require(actor, "alerting.add_silence")
    rows = incidents_open(actor).filter(pk__in=ids).order_by("pk")
    return _silenced([(row.about, row.kind, row) for row in rows], actor, seconds)


def _silenced(wanted: Sequence[Wanted], actor: User, seconds: int | None) -> list[Silence]:
    now = timezone.now()
    ends = None if seconds is None else _end_checked(now, now + _span(seconds))
    mine = Silence.objects.filter(owner=actor, tag=None, starts__lte=now).filter(Q(ends=None) | Q(ends__gt=now))
    running = {(one.server_id, one.url_id, one.kind): one for one in mine.select_for_update().order_by("pk")}
    found, changed = [], []
    for about, kind, incident in wanted:
        fresh = _of(about, kind, actor, now)
        silence = running.get((fresh.server_id, fresh.url_id, kind), fresh)
        before = silence.ends
        if silence is fresh or (before is not None and (ends is None or ends > before)):
            silence.ends = ends
            changed.append((silence, incident, before))
        found.append(silence)
    with acting(actor):
        for silence, _, _ in changed:
            silence.save()
        until = ends or "somebody ends it"
        changes_log((incident, {"silenced until": (before, until)}) for _, incident, before in changed if incident)
    incidents_changed([silence for silence, _, _ in changed])
    return found


def _of(about: Watched, kind: str, actor: User, starts: datetime) -> Silence:
    what: dict[str, Any] = {"url" if isinstance(about, Url) else "server": about}
    return Silence(owner=actor, kind=kind, starts=starts, **what)


def _kind_checked(kind: str) -> str:
    if kind and kind not in Incident.Kind.values:
        raise InvalidInput("kind", "There is no such kind of incident.")
    return kind


def _start_checked(starts: datetime | None) -> datetime:
    now = timezone.now()
    if starts is not None and abs(starts - now) > LONGEST:
        raise InvalidInput("starts", "This is more than a year away.")
    return starts or now


def _end_checked(starts: datetime, ends: datetime | None) -> datetime | None:
    if ends is not None and ends <= starts:
        raise InvalidInput("ends", "It must end after it begins.")
    if ends is not None and ends - starts > LONGEST:
        raise InvalidInput("ends", "A silence lasts a year at most; leave it empty for one that you end yourself.")
    return ends


def _span(seconds: int) -> timedelta:
    if not 60 <= seconds <= LONGEST.total_seconds():
        raise InvalidInput("seconds", "From a minute to a year, in seconds.")
    return timedelta(seconds=seconds)
