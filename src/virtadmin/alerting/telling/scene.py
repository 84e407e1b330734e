"""What is known just now of incidents and of those who are to be told of them: a handful of reads for any number."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count

from virtadmin.accounts.models import User
from virtadmin.alerting.judging import HOST_KEY_CHANGED, LOST, UNREACHABLE
from virtadmin.alerting.models import Incident, Outage, Telling
from virtadmin.alerting.rules.coverage import Placed, person_of, sees, servers_placed
from virtadmin.alerting.rules.quiet import held_back
from virtadmin.alerting.telling import outage
from virtadmin.alerting.telling.holding import Known
from virtadmin.servers.models import Server, ServerState

What, State, Hold = Telling.What, Telling.State, Telling.Hold
MOST_ANCESTORS = 10


@dataclass(slots=True)
class Scene:
    """Incidents, servers and people by their ids, and what holds the tellings of them."""

    incidents: dict[int, Incident]
    servers: dict[int, Server]
    placed: dict[int, Placed]
    people: dict[int, User]
    openings: dict[tuple[int, int], str] = field(default_factory=dict)
    """The state of the opening's telling, by incident and person."""
    holds: dict[tuple[int, str], str] = field(default_factory=dict)
    """Why it is held back, by server and kind of incident."""
    doubted: set[int] = field(default_factory=set)
    cleared: dict[int, datetime] = field(default_factory=dict)
    """When what a server hangs on answered last, where that is well."""
    outages: dict[int, Outage] = field(default_factory=dict)
    gathering: set[tuple[int | None, bool]] = field(default_factory=set)
    """Outages that still gather, by whether it is their closings that they gather."""

    told: dict[tuple[int | None, int], int] = field(default_factory=dict)
    """How many open incidents of an outage a person was told of, by outage and person."""

    def others(self, row: Telling) -> int:
        """How many open incidents of the same outage the person was told of before."""
        return self.told.get((self.incidents[row.incident_id].outage_id, row.recipient_id), 0)

    def known(self, row: Telling) -> Known:
        """What decides over this telling."""
        incident = self.incidents[row.incident_id]
        server = self.servers[incident.server_id]
        answered = self.cleared.get(server.pk)
        return Known(
            is_open=incident.open_key is not None,
            may_see=_may_see(self.people[row.recipient_id], self.placed[server.pk]),
            opened=incident.opened,
            opening=self.openings.get((row.incident_id, row.recipient_id), ""),
            hold=self.holds.get((server.pk, incident.kind), ""),
            cleared=answered is not None and answered > incident.opened,
            doubted=incident.kind == LOST and server.pk in self.doubted,
            gathering=(incident.outage_id, row.what == What.CLOSED) in self.gathering,
            acknowledged=incident.acknowledged is not None,
        )


def scene(rows: Collection[Telling], now: datetime) -> Scene:
    """What is known of these tellings' incidents and people."""
    incidents = Incident.objects.in_bulk({row.incident_id for row in rows})
    servers = _servers({incident.server_id for incident in incidents.values()})
    people = User.objects.filter(pk__in={row.recipient_id for row in rows}).prefetch_related("groups")
    seen = Scene(incidents, servers, servers_placed(servers), {person.pk: person for person in people})
    seen.openings = _openings([row for row in rows if row.what != What.OPENED])
    subjects = {
        (incidents[row.incident_id].server_id, incidents[row.incident_id].kind)
        for row in rows
        if row.what != What.CLOSED and row.incident_id in incidents
    }
    seen.holds = held_back(subjects, now)
    _ancestry(seen)
    _gathering(seen, now)
    return seen


def _servers(ids: Collection[int]) -> dict[int, Server]:
    found = Server.objects.filter(pk__in=ids).select_related("state")
    return {server.pk: server for server in found.defer("private_key")}  # no business of a message, slow to decrypt


def _may_see(person: User, server: Placed) -> bool:
    return person.is_active and sees(person_of(person), server)


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
    above = ancestors(seen.servers.values())
    everyone = {*seen.servers, *(pk for line in above.values() for pk in line)}
    found = Incident.objects.filter(server_id__in=everyone, kind__in=UNREACHABLE, open_key__isnull=False)
    lost = {*found.values_list("server_id", "kind")}
    down = {pk for pk, kind in lost if kind == LOST}
    for incident in seen.incidents.values():
        pk, kind = incident.server_id, incident.kind
        if kind not in UNREACHABLE and not {(pk, LOST), (pk, HOST_KEY_CHANGED)}.isdisjoint(lost):
            seen.holds[pk, kind] = Hold.LOST
        elif kind != HOST_KEY_CHANGED and not down.isdisjoint(above.get(pk, ())):
            seen.holds[pk, kind] = Hold.PARENT
    _doubts(seen, above)


def _doubts(seen: Scene, above: Mapping[int, list[int]]) -> None:
    """Note whose parents are in doubt, and whose answer."""
    states = _states({pk for line in above.values() for pk in line})
    for pk, line in above.items():
        known = [states[parent] for parent in line if parent in states]
        if any(state.failures and state.status != ServerState.Status.DOWN for state in known):
            seen.doubted.add(pk)
        elif known and known[0].status == ServerState.Status.UP and known[0].last_update:
            seen.cleared[pk] = known[0].last_update


def ancestors(servers: Iterable[Server]) -> dict[int, list[int]]:
    """What each of the servers hangs on, the nearest first; only of those that hang on something."""
    parents = {server.pk: server.parent_id for server in servers}
    asked_for = [*parents]
    wanted = {pk for pk in parents.values() if pk} - parents.keys()
    for _ in range(MOST_ANCESTORS):
        if not wanted:
            break
        parents.update(Server.objects.filter(pk__in=wanted).values_list("pk", "parent_id"))
        wanted = {pk for pk in parents.values() if pk} - parents.keys()
    lines = {pk: _line(pk, parents) for pk in asked_for}
    return {pk: line for pk, line in lines.items() if line}


def _line(pk: int, parents: Mapping[int, int | None]) -> list[int]:
    """What it hangs on, upwards; a circle (which nothing forbids) ends where it closes."""
    line: list[int] = []
    above = parents[pk]
    while above and above != pk and above not in line and len(line) < MOST_ANCESTORS:
        line.append(above)
        above = parents.get(above)
    return line


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
