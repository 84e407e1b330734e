"""What servers and websites hang on: a website on its server, a server on its parent."""

from collections.abc import Iterable, Mapping

from virtadmin.alerting.judging import LOST
from virtadmin.alerting.models import Incident
from virtadmin.alerting.subject import Subject, Watched, subject_of
from virtadmin.servers.models import Server
from virtadmin.websites.check.stages import Stage

MOST_ANCESTORS = 10
SILENT = frozenset(
    {Stage.UNREACHABLE, Stage.CONNECT_TIMEOUT, Stage.TLS_TIMEOUT, Stage.HEADERS_TIMEOUT, Stage.BODY_TIMEOUT}
)
"""What a website shows whose server is gone; all else is an answer of something that runs."""


def hangs_on(watched: Watched) -> int | None:
    """The server that it needs to be reached."""
    return watched.parent_id if isinstance(watched, Server) else watched.server_id


def may_be_explained(kind: str, stage: str) -> bool:
    """Whether an incident may be no more than the loss of what it hangs on."""
    return kind == LOST or (kind == Incident.Kind.URL_DOWN and stage in SILENT)


def lines(watched: Iterable[Watched]) -> dict[Subject, list[int]]:
    """The servers each of these hangs on, the nearest first; only of those that hang on something."""
    rows = list(watched)
    hosts = (row if isinstance(row, Server) else row.server for row in rows)
    above = ancestors(host for host in hosts if host)
    found = {subject_of(row): _line_of(row, above) for row in rows}
    return {subject: line for subject, line in found.items() if line}


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
    found = {pk: _line(pk, parents) for pk in asked_for}
    return {pk: line for pk, line in found.items() if line}


def _line_of(row: Watched, above: Mapping[int, list[int]]) -> list[int]:
    if isinstance(row, Server):
        return above.get(row.pk, [])
    return [row.server_id, *above.get(row.server_id, [])] if row.server_id else []


def _line(pk: int, parents: Mapping[int, int | None]) -> list[int]:
    """What it hangs on, upwards; a circle (which nothing forbids) ends where it closes."""
    line: list[int] = []
    above = parents[pk]
    while above and above != pk and above not in line and len(line) < MOST_ANCESTORS:
        line.append(above)
        above = parents.get(above)
    return line
