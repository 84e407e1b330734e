"""Incidents in the words the pages use, and which of them a person asked for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import QueryDict
from django.utils import timezone

from virtadmin.accounts.models import User
from virtadmin.alerting.forecasts.outlook import FORECAST_OF
from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.models import Incident
from virtadmin.alerting.rules.quiet import SILENCED, Hold, holds
from virtadmin.alerting.selectors import incidents_visible
from virtadmin.alerting.subject import called
from virtadmin.alerting.websites.judging import known_expiry
from virtadmin.notifications.templatetags.messages_text import about, left, percent

STATES = {"": "All", "open": "Open", "over": "Over"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is narrowed by."""

    state: str = ""
    kind: str = ""
    level: str = ""
    words: str = ""
    incident: str = ""
    """The number of one alone: where a message of it leads."""

    @classmethod
    def of(cls, query: QueryDict) -> "Asked":
        """As asked for; what does not exist is left out."""
        number = query.get("incident", "")
        state, kind, level = (query.get(name, "") for name in ("state", "kind", "level"))
        return cls(
            state if state in STATES else "",
            kind if kind in Incident.Kind.values else "",
            level if level in Incident.Level.values else "",
            query.get("q", "")[:100],
            number if number.isdecimal() and len(number) < 19 else "",
        )

    def address(self, **changed: str) -> str:
        """The query string with some of it changed; empty without any."""
        given = {"state": self.state, "kind": self.kind, "level": self.level, "q": self.words}
        given |= {"incident": self.incident, **changed}
        kept = {name: value for name, value in given.items() if value}
        return f"?{urlencode(kept)}" if kept else ""


def incidents_listed(user: User, asked: Asked) -> QuerySet[Incident]:
    """Those asked for of what the person may see: the open ones first, the newest of both first."""
    rows = incidents_visible(user).select_related("acknowledged_by")
    if asked.incident:
        rows = rows.filter(pk=int(asked.incident))
    if asked.state:
        rows = rows.filter(open_key__isnull=asked.state == "over")
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.level:
        rows = rows.filter(level=asked.level)
    for word in asked.words.split():
        of_server = Q(server__name__icontains=word) | Q(server__ip_address__icontains=word)
        rows = rows.filter(of_server | Q(url__name__icontains=word) | Q(url__uri__icontains=word))
    is_over = Case(When(open_key=None, then=Value(1)), default=Value(0), output_field=IntegerField())
    return rows.annotate(is_over=is_over).order_by("is_over", "-opened", "-pk")


@dataclass(frozen=True, slots=True)
class Line:
    """One incident as the list shows it."""

    row: Incident
    hold: Hold | None
    may_act: bool

    @property
    def sign(self) -> str:
        return self.row.level if self.row.open_key else "recovery"

    @property
    def name(self) -> str:
        """Of the server or website."""
        return called(self.row.about)

    @property
    def what(self) -> str:
        """A sentence without that name."""
        return sentence(self.row)

    @property
    def lasted(self) -> float:
        """Seconds from beginning to end."""
        return ((self.row.closed or self.row.opened) - self.row.opened).total_seconds()

    @property
    def ending(self) -> str:
        """Why it ended, where it did not recover."""
        recovered = self.row.ending == Incident.Ending.RECOVERED
        return "" if recovered else self.row.get_ending_display()

    @property
    def processes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.row.context.get("processes", [])
        return found


def incidents_lines(rows: Iterable[Incident], person: User) -> list[Line]:
    """The incidents as this person sees them, with what holds their messages now."""
    listed = list(rows)
    held = holds([(row.subject, row.kind) for row in listed if row.open_key], timezone.now())
    may_act = person.has_perm("alerting.change_incident")
    return [Line(row, held.get((row.subject, row.kind)), may_act) for row in listed]


def sentence(row: Incident) -> str:
    """What is (or was) wrong: "CPU at 91 %, limit 80 %"."""
    if row.kind in LIMITS:
        figure = row.value if row.open_key else row.peak
        at = f" {'at' if row.open_key else 'up to'} {percent(figure)}" if figure is not None else ""
        on = f" on {row.place}" if row.place else ""
        return f"{LIMITS[row.kind].label}{at}{on}, limit {row.limit} %"
    if row.kind in FORECAST_OF:
        left = f" in {about(row.value)}" if row.open_key and row.value is not None else " soon"
        return f"{row.place or 'Memory'} {'is' if row.open_key else 'was going to be'} full{left}"
    if row.kind == Incident.Kind.LOST:
        return f"Lost: {row.reason}" if row.reason else "Lost"
    if row.kind == Incident.Kind.URL_DOWN:
        return f"Down: {row.reason}" if row.reason else "Down"
    if row.kind == Incident.Kind.CERTIFICATE_EXPIRY:
        return _certificate(row)
    return "Its host key changed"


def _certificate(row: Incident) -> str:
    if row.open_key is None:
        return (
            "Its certificate was about to expire" if row.level == Incident.Level.WARNING else "Its certificate expired"
        )
    seconds = known_expiry(row) - timezone.now().timestamp()
    return f"Its certificate expires in {left(seconds)}" if seconds > 0 else "Its certificate has expired"


def until(hold: Hold, now: datetime, zone: ZoneInfo) -> str:
    """How long nobody is told: "silenced until 14:30", with the day if that is another."""
    word = "silenced" if hold.why == SILENCED else "in maintenance"
    if hold.until is None:
        return f"{word} until somebody ends it"
    ends = hold.until.astimezone(zone)
    return (
        f"{word} until {ends:%H:%M}"
        if ends.date() == now.astimezone(zone).date()
        else f"{word} until {ends:%-d %b %H:%M}"
    )
