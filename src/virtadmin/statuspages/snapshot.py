"""What a status page shows at one moment. Whoever draws it has this and nothing else, so there is nothing else to give
away: no ids, no addresses, no reasons, no tags, no owner."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from virtadmin.alerting.rules.quiet import maintenance_between
from virtadmin.alerting.subject import Subject
from virtadmin.statuspages import reading
from virtadmin.statuspages.condition import Known, State, joined, overall, sentence, state_now
from virtadmin.statuspages.models import StatusPage
from virtadmin.statuspages.reading import Days, Given
from virtadmin.statuspages.spans import ENDLESS, Span, covered, merged, running
from virtadmin.websites.uptime import Spent, total

DAYS = 90
OUTAGES_SINCE = timedelta(days=14)
PLANNED_UNTIL = timedelta(days=7)
MOST_OUTAGES, MOST_PLANNED = 30, 5
"""That are shown."""
MOMENT = "%a %-d %b, %H:%M"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing by its public name; `several`: it stands for more than one. `days` are those (UTC) of which something
    is known; None where nobody counts them."""

    name: str
    state: State
    several: bool = False
    until: datetime | None = None
    """When its maintenance ends."""
    days: Days | None = None

    @property
    def uptime(self) -> float | None:
        """Percent, never rounded up to what it is not; None where nothing is known."""
        return floored(total((self.days or {}).values()))


@dataclass(frozen=True, slots=True)
class Outage:
    """When a line was down, or some of it; `ended` is None while it is."""

    name: str
    began: datetime
    ended: datetime | None
    several: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """Maintenance that goes on or comes, and of what; no names stand for all that is shown."""

    starts: datetime
    ends: datetime
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A page as it is now."""

    title: str
    intro: str
    indexed: bool
    zone: ZoneInfo
    now: datetime
    lines: tuple[Line, ...]
    outages: tuple[Outage, ...]
    planned: tuple[Planned, ...]

    @property
    def state(self) -> State:
        """That of all lines together."""
        return overall([line.state for line in self.lines])

    @property
    def sentence(self) -> str:
        """The state of all lines in words."""
        ends = [line.until for line in self.lines if line.until]
        until = f"{max(ends).astimezone(self.zone):{MOMENT} %Z}" if ends else ""
        return sentence([line.state for line in self.lines], until)

    @property
    def uptime(self) -> float | None:
        """Of all lines whose days are counted together, in percent."""
        return floored(total(spent for line in self.lines for spent in (line.days or {}).values()))

    @property
    def today(self) -> date:
        """The newest day (UTC)."""
        return self.now.astimezone(UTC).date()


def floored(spent: Spent) -> float | None:
    """Percent with two decimals, rounded down."""
    return None if spent.percent is None else int(spent.percent * 100) / 100


def snapshot(page: StatusPage, now: datetime) -> Snapshot:
    """What the page shows now. A number of queries that does not depend on how many lines it has."""
    entries = list(page.entries.order_by("position", "pk"))
    known = reading.known_now(page.owner, entries)
    given = reading.lines_given(entries, known)
    times = maintenance_between(known, now - OUTAGES_SINCE, now + PLANNED_UNTIL)
    held = {subject: merged(Span(one.start, one.end) for one in found) for subject, found in times.items()}
    today = now.astimezone(UTC).date()
    days = reading.days_known(page.owner, given, today - timedelta(days=DAYS - 1), today)
    down = reading.outages_known(known, now - OUTAGES_SINCE)
    return Snapshot(
        title=page.title,
        intro=page.intro,
        indexed=page.indexed,
        zone=page.owner.zone,
        now=now,
        lines=tuple(_line(line, known, held, days, now) for line in given),
        outages=_outages(given, down, held),
        planned=_planned(given, held, now),
    )


def _line(
    line: Given,
    known: Mapping[Subject, Known],
    held: Mapping[Subject, Sequence[Span]],
    days: Mapping[int, Days],
    now: datetime,
) -> Line:
    spans = {subject: running(held.get(subject, ()), now) for subject in line.members}
    states = [state_now(known[subject], now, maintained=spans[subject] is not None) for subject in line.members]
    state = joined(states)
    ends = [span.end for span in spans.values() if span]
    until = max(ends) if ends and state == State.MAINTENANCE else None
    return Line(line.entry.name, state, len(line.members) > 1, until, days.get(line.entry.pk))


def _outages(
    given: Iterable[Given], down: Mapping[Subject, Sequence[Span]], held: Mapping[Subject, Sequence[Span]]
) -> tuple[Outage, ...]:
    """The newest first; without what was planned."""
    found = []
    for line in given:
        spans = (span for one in line.members for span in down.get(one, ()) if not covered(span, held.get(one, ())))
        several = len(line.members) > 1
        found += [
            Outage(line.entry.name, span.start, None if span.end == ENDLESS else span.end, several)
            for span in merged(spans)
        ]
    found.sort(key=lambda outage: outage.began, reverse=True)
    return tuple(found[:MOST_OUTAGES])


def _planned(given: Sequence[Given], held: Mapping[Subject, Sequence[Span]], now: datetime) -> tuple[Planned, ...]:
    """What goes on and what comes, the earliest first."""
    named: dict[Span, list[str]] = defaultdict(list)
    for line in given:
        for span in merged(span for one in line.members for span in held.get(one, ()) if span.end > now):
            named[span].append(line.entry.name)
    coming = sorted(named.items())[:MOST_PLANNED]
    return tuple(
        Planned(span.start, span.end, () if len(names) == len(given) else tuple(names)) for span, names in coming
    )
