"""A status page as HTML: what its template shows, in words. The template gets this and no request."""

from dataclasses import dataclass
from datetime import datetime

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from virtadmin.statuspages.condition import WORDS
from virtadmin.statuspages.snapshot import DAYS, MOMENT, Line, Outage, Snapshot
from virtadmin.web.figures import duration
from virtadmin.web.marks import sign_mark
from virtadmin.web.websites.strip import days_of, percent, strip


@dataclass(frozen=True, slots=True)
class Shown:
    """A line: `bars` are its days; empty where nobody counts them."""

    name: str
    state: str
    word: str
    until: str
    bars: SafeString
    uptime: str


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, or is planned, to whom and when."""

    name: str
    what: str
    times: list[str]
    now: bool = False


def page(shown: Snapshot) -> str:
    """The whole document."""
    context = {
        "title": shown.title,
        "intro": shown.intro,
        "state": shown.state,
        "sign": _sign(shown.state),
        "sentence": shown.sentence,
        "lines": [_line(line, shown) for line in shown.lines],
        "days": DAYS,
        "outages": [_outage(outage, shown) for outage in shown.outages],
        "planned": _planned(shown),
        "as_of": shown.now,
        "as_of_text": f"{shown.now.astimezone(shown.zone):%H:%M:%S %Z}",
    }
    return render_to_string("web/status/page.html", context)


def _sign(state: str) -> SafeString:
    return SafeString(sign_mark(state))  # nosec B703 # a word of ours


def _line(line: Line, shown: Snapshot) -> Shown:
    bars = strip(days_of(line.days, shown.today, DAYS)) if line.days is not None else ""
    return Shown(
        name=line.name,
        state=line.state,
        word=WORDS[line.state],
        until=_moment(line.until, shown) if line.until else "",
        bars=SafeString(bars),  # nosec B703 # numbers and dates
        uptime=percent(line.uptime),
    )


def _outage(outage: Outage, shown: Snapshot) -> Event:
    what = "some of it down" if outage.several else "down"
    if outage.ended is None:
        return Event(outage.name, what, [f"since {_moment(outage.began, shown)}"], now=True)
    lasted = duration((outage.ended - outage.began).total_seconds())
    return Event(outage.name, f"{what} for {lasted}", [_from_to(outage.began, outage.ended, shown)])


def _planned(shown: Snapshot) -> list[Event]:
    """What comes several times is told once, with its times."""
    found: dict[tuple[tuple[str, ...], bool], Event] = {}
    for planned in shown.planned:
        runs = planned.starts <= shown.now
        event = Event(", ".join(planned.names) or "All of it", "now" if runs else "", [], now=runs)
        event = found.setdefault((planned.names, runs), event)
        event.times.append(_from_to(planned.starts, planned.ends, shown))
    return [*found.values()]


def _from_to(start: datetime, end: datetime, shown: Snapshot) -> str:
    """`Thu 26 Nov, 14:02 to 14:14 UTC`; the day of the end where it is another."""
    begins, ends = start.astimezone(shown.zone), end.astimezone(shown.zone)
    form = "%H:%M %Z" if begins.date() == ends.date() else f"{MOMENT} %Z"
    return f"{begins:{MOMENT}} to {ends:{form}}"


def _moment(at: datetime, shown: Snapshot) -> str:
    return f"{at.astimezone(shown.zone):{MOMENT} %Z}"
