"""From observations and news of reachability to events. Pure but for the windows, which are given and added to."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from virtadmin.alerting.contracts import Observed, Reachability
from virtadmin.alerting.evaluation import CRITICAL, Change, Reading, Reason, State, evaluate
from virtadmin.alerting.limits import LIMITS, MOUNT_DETAIL, WINDOWED, Limit
from virtadmin.alerting.models import Incident
from virtadmin.alerting.subject import SERVER, Subject
from virtadmin.alerting.window import Window
from virtadmin.metrics.observation import Observation
from virtadmin.ssh.stages import Stage

HOST_KEY_CHANGED, LOST = Incident.Kind.HOST_KEY_CHANGED.value, Incident.Kind.LOST.value
UNREACHABLE = (LOST, HOST_KEY_CHANGED)
"""The kinds of incident during which a server's other alerts are held."""
PLACES = {limit.name: place for place, limit in enumerate(WINDOWED)}
Open = Mapping[tuple[Subject, str], Incident]
"""The open incidents, by what they are about and kind."""


@dataclass(frozen=True, slots=True)
class Rules:
    """A server's limits in percent by name, and its window in seconds."""

    window: int
    limits: dict[str, int]


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to an incident: it opens (`incident` is None), rises or closes."""

    change: Change
    subject: Subject
    kind: str
    why: Reason
    level: str = CRITICAL
    incident: Incident | None = None
    value: float | None = None
    limit: int | None = None
    window: int = 0
    place: str = ""
    """Which disk."""
    stage: str = ""
    reason: str = ""
    hint: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    """What the incident keeps of that moment; empty = what it has."""


@dataclass(slots=True)
class Verdict:
    """What a round of observations comes to."""

    events: list[Event] = field(default_factory=list)
    peaks: dict[int, float] = field(default_factory=dict)
    """New peaks of incidents, by their id."""


def reach_events(reachability: Iterable[Reachability], open_incidents: Open) -> list[Event]:
    """What the news of lost and returned servers mean; telling the same again means nothing."""
    newest = {news.server_id: news for news in reachability}
    return [event for news in newest.values() for event in _reach(news, open_incidents)]


def held_servers(open_incidents: Open, events: Iterable[Event]) -> set[int]:
    """The servers that are lost once the events have happened."""
    lost = {key for key in open_incidents if key[1] in UNREACHABLE}
    for event in events:
        key = (event.subject, event.kind)
        lost = lost | {key} if event.change == Change.OPEN else lost - {key}
    return {server.pk for server, _ in lost}


def judge(
    observed: Sequence[Observed],
    rules: Mapping[int, Rules],
    windows: Mapping[int, Window],
    open_incidents: Open,
    held: Container[int],
) -> Verdict:
    """Judge the newest observation of each server against its limits; all observations go into the windows."""
    newest = {}
    for seen in observed:
        newest[seen.server_id] = seen
        if (window := windows.get(seen.server_id)) is not None:
            at, span = seen.observation, rules[seen.server_id].window
            window.add(at.time, at.values, interval=seen.interval, span=span)
    verdict = Verdict()
    troubled = {subject.pk for subject, _ in open_incidents}
    for server_id, seen in newest.items():
        if server_id in rules:
            window = windows.get(server_id)
            means = None if window is None else window.means(rules[server_id].window)
            subject = Subject(SERVER, server_id) if server_id in troubled else None
            for limit in LIMITS:
                incident = open_incidents.get((subject, limit.name)) if subject else None
                figure = figure_of(limit, seen.observation, means)
                if incident is None and (figure is None or figure < rules[server_id].limits[limit.name]):
                    continue  # nothing is open and nothing opens: nearly always so
                reading = Reading(figure, off=_is_off(limit, seen.observation))
                _judge(verdict, limit, seen, rules[server_id], reading, incident, server_id in held)
    return verdict


def figure_of(limit: Limit, observation: Observation, means: Sequence[float | None] | None) -> float | None:
    """The figure that is judged: the mean of the window, or the newest sample where that stands for all of it."""
    newest = observation.values.get(limit.metric)
    if newest is None or limit.at_once or means is None:
        return newest
    return means[PLACES[limit.name]]


def _is_off(limit: Limit, observation: Observation) -> bool:
    """Whether what is limited is not measured at all, rather than not known this time."""
    values = observation.values
    return limit.metric not in values and limit.needs in values


def _judge(
    verdict: Verdict,
    limit: Limit,
    seen: Observed,
    rules: Rules,
    reading: Reading,
    incident: Incident | None,
    held: bool,
) -> None:
    state = State(incident.level, incident.limit or 0, held) if incident else State(held=held)
    decided = evaluate(rules.limits[limit.name], state, reading)
    if incident and (reading.value or 0) > (incident.peak or 0):
        verdict.peaks[incident.pk] = reading.value or 0
    if decided.change == Change.NONE:
        return
    verdict.events.append(
        Event(
            change=decided.change,
            subject=Subject(SERVER, seen.server_id),
            kind=limit.name,
            why=decided.reason,
            level=decided.level or (incident.level if incident else CRITICAL),
            incident=incident,
            value=reading.value,
            limit=rules.limits[limit.name],
            window=rules.window if rules.window > seen.interval and not limit.at_once else 0,
            place=str(seen.observation.details.get(MOUNT_DETAIL, "")) if limit.at_once else "",
        )
    )


def _reach(news: Reachability, open_incidents: Open) -> list[Event]:
    server = Subject(SERVER, news.server_id)
    if not news.lost:
        mine = [open_incidents[key] for kind in UNREACHABLE if (key := (server, kind)) in open_incidents]
        return [Event(Change.CLOSE, server, row.kind, Reason.RECOVERED, incident=row) for row in mine]
    kind = HOST_KEY_CHANGED if news.stage == Stage.HOST_KEY_CHANGED else LOST
    if (server, kind) in open_incidents:
        return []
    opened = Event(
        Change.OPEN,
        server,
        kind,
        Reason.CROSSED,
        stage=news.stage,
        reason=news.reason,
        hint=news.hint,
    )
    return [opened]
