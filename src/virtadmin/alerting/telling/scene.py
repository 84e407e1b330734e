"""What is known just now of incidents and of those who are to be told of them: a handful of reads for any number."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q

from virtadmin.accounts.models import User
from virtadmin.alerting.evaluation import Reason
from virtadmin.alerting.judging import HOST_KEY_CHANGED, LOST, UNREACHABLE
from virtadmin.alerting.models import Incident, Outage, Telling
from virtadmin.alerting.rules.coverage import Placed, person_of, sees, subjects_placed
from virtadmin.alerting.rules.quiet import held_back
from virtadmin.alerting.subject import SERVER, Subject, Watched
from virtadmin.alerting.telling import outage
from virtadmin.alerting.telling.ancestry import lines, may_be_explained
from virtadmin.alerting.telling.holding import Known
from virtadmin.alerting.watched import watched_read
from virtadmin.servers.models import ServerState

What, State, Hold = Telling.What, Telling.State, Telling.Hold
URL_DOWN = Incident.Kind.URL_DOWN.value


@dataclass(slots=True)
class Scene:
    """Incidents, what they are about, and people, by their ids, and what holds the tellings of them."""

    incidents: dict[int, Incident]
    watched: dict[Subject, Watched]
    placed: dict[Subject, Placed]
    people: dict[int, User]
    openings: dict[tuple[int, int], str] = field(default_factory=dict)
    """The state of the opening's telling, by incident and person."""
    holds: dict[tuple[Subject, str], str] = field(default_factory=dict)
    """Why it is held back, by what it is about and kind of incident."""
    doubted: set[Subject] = field(default_factory=set)
    """Those that hang on a server which does not answer, but does not count as lost yet."""
    cleared: dict[Subject, datetime] = field(default_factory=dict)
    """When what it hangs on answered last, where that is well."""
    outages: dict[int, Outage] = field(default_factory=dict)
    gathering: set[tuple[int | None, bool]] = field(default_factory=set)
    """Outages that still gather, by whether it is their closings that they gather."""

    unsettled: bool = False
    """An outage gathers: it is not known yet whether the hub is cut off."""
    told: dict[tuple[int | None, int], int] = field(default_factory=dict)
    """How many open incidents of an outage a person was told of, by outage and person."""

    def others(self, row: Telling) -> int:
        """How many open incidents of the same outage the person was told of before."""
        return self.told.get((self.incidents[row.incident_id].outage_id, row.recipient_id), 0)

    def known(self, row: Telling) -> Known:
        """What decides over this telling."""
        incident = self.incidents[row.incident_id]
        subject = incident.subject
        answered = self.cleared.get(subject)
        in_doubt = self.unsettled and incident.kind == URL_DOWN and row.what != What.CLOSED
        return Known(
            is_open=incident.open_key is not None,
            may_see=_may_see(self.people[row.recipient_id], self.placed[subject]),
            opened=incident.opened,
            opening=self.openings.get((row.incident_id, row.recipient_id), ""),
            hold=self.holds.get((subject, incident.kind), ""),
            cleared=answered is not None and answered > incident.opened,
            doubted=subject in self.doubted and may_be_explained(incident.kind, incident.stage),
            gathering=in_doubt or (incident.outage_id, row.what == What.CLOSED) in self.gathering,
            acknowledged=incident.acknowledged is not None,
        )


def scene(rows: Collection[Telling], now: datetime) -> Scene:
    """What is known of these tellings' incidents and people."""
    incidents = Incident.objects.in_bulk({row.incident_id for row in rows})
    watched = watched_read({incident.subject for incident in incidents.values()}, state=True)
    people = User.objects.filter(pk__in={row.recipient_id for row in rows}).prefetch_related("groups")
    seen = Scene(incidents, watched, subjects_placed(watched), {person.pk: person for person in people})
    seen.openings = _openings([row for row in rows if row.what != What.OPENED])
    matters = {
        (incidents[row.incident_id].subject, incidents[row.incident_id].kind)
        for row in rows
        if row.what != What.CLOSED and row.incident_id in incidents
    }
    seen.holds = held_back(matters, now)
    _ancestry(seen)
    _cut_off(seen, now)
    _gathering(seen, now)
    return seen


def _may_see(person: User, placed: Placed) -> bool:
    return person.is_active and sees(person_of(person), placed)


def _openings(rows: Collection[Telling]) -> dict[tuple[int, int], str]:
    if not rows:
        return {}
    found = Telling.objects.filter(
        incident_id__in={row.incident_id for row in rows},
        recipient_id__in={row.recipient_id for row in rows},
        what=What.OPENED,
    )
    return {(row[0], row[1]): row[2] for row in found.values_list("incident_id", "recipient_id", "state")}


def _ancestry(seen: Scene) -> None:
    """Hold what is of a lost server, or hangs on one; note which parents are in doubt, and which answer."""
    above = lines(seen.watched.values())
    everyone = {subject.pk for subject in seen.watched if subject.what == SERVER}
    everyone |= {pk for line in above.values() for pk in line}
    found = Incident.objects.filter(server_id__in=everyone, kind__in=UNREACHABLE, open_key__isnull=False)
    lost = {*found.values_list("server_id", "kind")}
    gone, down = {pk for pk, _ in lost}, {pk for pk, kind in lost if kind == LOST}
    for incident in seen.incidents.values():
        line = above.get(incident.subject, [])
        home, higher = (incident.server_id, line) if incident.server_id else (line[0] if line else 0, line[1:])
        if incident.kind not in UNREACHABLE and home in gone:
            seen.holds[incident.subject, incident.kind] = Hold.LOST
        elif incident.kind != HOST_KEY_CHANGED and not down.isdisjoint(higher):
            seen.holds[incident.subject, incident.kind] = Hold.PARENT
    _doubts(seen, above)


def _doubts(seen: Scene, above: Mapping[Subject, list[int]]) -> None:
    """Note whose parents are in doubt, and whose answer."""
    states = _states({pk for line in above.values() for pk in line})
    for subject, line in above.items():
        known = [states[parent] for parent in line if parent in states]
        if any(state.failures and state.status != ServerState.Status.DOWN for state in known):
            seen.doubted.add(subject)
        elif known and known[0].status == ServerState.Status.UP and known[0].last_update:
            seen.cleared[subject] = known[0].last_update


def _cut_off(seen: Scene, now: datetime) -> None:
    """Hold websites that are down while the hub itself is cut off, or may be: until something of that outage answers.
    One query where there are some."""
    rows = [incident for incident in seen.incidents.values() if incident.kind == URL_DOWN]
    if not rows:
        return
    down = {row.subject for row in rows if not row.outage_id}  # those of an outage say that it is
    unsettled, cut_off = Q(told=None, began__gt=now - outage.STALE), Q(cut_off=True, incidents__open_key__isnull=False)
    reached = Q(pk__in=Incident.objects.filter(outage__cut_off=True, ending=Reason.RECOVERED).values("outage"))
    found = {*Outage.objects.filter(unsettled | (cut_off & ~reached)).values_list("cut_off", flat=True)}
    seen.unsettled = None in found
    if True in found:
        seen.holds = {(subject, URL_DOWN): str(Hold.CUT_OFF) for subject in down} | seen.holds


def _states(server_ids: set[int]) -> dict[int, ServerState]:
    return ServerState.objects.defer("metrics", "facts").in_bulk(server_ids) if server_ids else {}


def _gathering(seen: Scene, now: datetime) -> None:
    """Which outages gather losses (until `telling` has settled them), and which the returns of their servers."""
    ids = {incident.outage_id for incident in seen.incidents.values() if incident.outage_id}
    if not ids:
        return
    seen.outages = Outage.objects.in_bulk(ids)
    told = Telling.objects.filter(incident__outage__in=ids, incident__open_key__isnull=False, state=State.TOLD)
    counted = told.filter(what=What.OPENED).values_list("incident__outage", "recipient").annotate(Count("pk"))
    seen.told = {(outage_id, person): count for outage_id, person, count in counted.order_by()}
    seen.gathering = {(pk, False) for pk, found in seen.outages.items() if found.told is None}
    ends = Incident.objects.filter(outage_id__in=ids, tellings__what=What.CLOSED, tellings__state=State.WAITING)
    closings: dict[int | None, list[datetime]] = {}
    for pk, closed in ends.values_list("outage_id", "closed"):
        closings.setdefault(pk, []).append(closed or now)
    seen.gathering |= {(pk, True) for pk, times in closings.items() if outage.gathers(min(times), max(times), now)}
