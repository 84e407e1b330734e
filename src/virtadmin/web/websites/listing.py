"""The lines of the list of websites. Written in Python and not as a template, as those of servers are: it is ten times
as fast. All text that people chose, or a website sent, is escaped."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from virtadmin.web import figures
from virtadmin.web.condition import FADED, Condition
from virtadmin.web.marks import moment_mark, sign_mark
from virtadmin.web.websites import strip
from virtadmin.web.websites.condition import Known, Standing, days_left, standing
from virtadmin.web.websites.strip import Day
from virtadmin.websites.uptime import total

STATE = (
    "status", "status_reason", "failures", "retry_at", "last_check", "status_code", "response_time",
    "ssl_expiration_date", "ssl_expiration_date_notified",
)  # fmt: skip
COLUMNS = ("pk", "name", "uri", "enabled", "interval", "server", *(f"state__{name}" for name in STATE))
"""What a line is made of, as a query calls it."""
SHOWN = 60
"""Characters of an address in the list; the whole stands on its own page."""
SOON = 21
"""Days before the end from which a certificate's are shown as a warning."""

Listed = Mapping[str, Any]
"""One website's COLUMNS."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the columns of a website."""

    days: Sequence[Day]
    tags: Sequence[str] = ()
    server: str = ""
    """The name of the server it runs on, if that may be seen."""


def lines(websites: Iterable[Listed], beside: Mapping[int, Beside], now: datetime) -> list[SafeString]:
    """Each website as a table's row, in their order."""
    return [SafeString(_line(row, beside[row["pk"]], now)) for row in websites]  # nosec B703 # escaped there


def called(row: Listed) -> str:
    """What people call it."""
    return str(row["name"] or bare(row["uri"]))


def bare(uri: str) -> str:
    """The address without https:// and without the slash of a bare host, shortened."""
    text = uri.removeprefix("https://").rstrip("/")
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _line(row: Listed, beside: Beside, now: datetime) -> str:
    told = standing(Known.of_row(row), now)
    faded = ' class="faded"' if told.condition in FADED and told.condition != Condition.DOWN else ""
    return (
        f"<tr{faded}>{_name(row, beside)}{_status(told)}"
        f'<td class="n response">{_response(row)}</td>{_uptime(beside.days)}'
        f'<td class="n certificate">{_certificate(row, now)}</td>'
        f'<td class="n last">{moment_mark(row["state__last_check"], now)}</td></tr>\n'
    )


def _name(row: Listed, beside: Beside) -> str:
    link = reverse("web:website", args=[row["pk"]])
    address = f' <span class="code">{escape(bare(row["uri"]))}</span>' if row["name"] else ""
    server = ""
    if beside.server:
        on = reverse("web:server", args=[row["server"]])
        server = f' <span class="on">on <a href="{on}">{escape(beside.server)}</a></span>'
    words = "".join(f' <span class="tag">{escape(tag)}</span>' for tag in beside.tags)
    return f'<th scope="row"><a href="{link}">{escape(called(row))}</a>{address}{server}{words}</th>'


def _status(told: Standing) -> str:
    reason = ""
    if told.reason and told.condition not in (Condition.PAUSED, Condition.PENDING):
        reason = f'<p title="{escape(told.hint)}">{escape(told.reason)}</p>'
    return f'<td class="status">{sign_mark(told.condition)}{told.word}{reason}</td>'


def _response(row: Listed) -> str:
    if row["state__response_time"] is None:
        return figures.ABSENT
    return f"<b>{milliseconds(row['state__response_time'])}</b> <small>{row['state__status_code'] or ''}</small>"


def milliseconds(value: float) -> str:
    """`85 ms`, `1.2 s`."""
    return f"{figures.short(value)} ms" if value < 1000 else f"{value / 1000:.1f} s"


def _uptime(days: Sequence[Day]) -> str:
    known = total(one.spent for one in days).percent
    return f'<td class="n uptime">{strip.strip(days)}<b>{strip.percent(known)}</b></td>'


def _certificate(row: Listed, now: datetime) -> str:
    expires = row["state__ssl_expiration_date"]
    if expires is None:
        return "none" if row["uri"].startswith("http:") and row["state__last_check"] else figures.ABSENT
    left = days_left(expires, now)
    text = f"{left} d" if left >= 0 else "expired"
    sign = sign_mark("down" if left < 0 else "warning") if left < SOON else ""
    return f'<span title="until {timezone.localtime(expires):%Y-%m-%d %H:%M %Z}">{sign}{text}</span>'
