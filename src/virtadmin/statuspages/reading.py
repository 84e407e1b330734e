"""What a status page is made of, read from the tables: as many queries for one line as for a hundred.

All of it is limited to what the page's owner may see at this moment.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Model, Q, Sum

from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident
from virtadmin.alerting.subject import SERVER, URL, Subject
from virtadmin.servers.models import Server
from virtadmin.servers.selectors import servers_visible
from virtadmin.statuspages.condition import REACHED, Known
from virtadmin.statuspages.models import StatusEntry
from virtadmin.statuspages.spans import ENDLESS, Span
from virtadmin.websites.models import Url, UrlDay
from virtadmin.websites.selectors import urls_visible
from virtadmin.websites.uptime import Spent

STATE = ("enabled", "interval", "state__status", "state__status_reason")
MOST_OUTAGES = 2000
"""That are looked at, the newest ones."""
Days = Mapping[date, Spent]


@dataclass(frozen=True, slots=True)
class Given:
    """A line of a page, and the servers and websites it stands for."""

    entry: StatusEntry
    members: Sequence[Subject]

    @property
    def has_websites(self) -> bool:
        return any(subject.what == URL for subject in self.members)


def known_now(owner: User, entries: Collection[StatusEntry]) -> dict[Subject, Known]:
    """What is known of the servers and websites of these lines that the owner may see. Two queries."""
    urls = urls_visible(owner).filter(_meant(entries, "url")).order_by().distinct()
    servers = servers_visible(owner).filter(_meant(entries, "server")).order_by().distinct()
    url_rows = urls.values_list("pk", *STATE, "state__last_check", "state__retry_at")
    server_rows = servers.values_list("pk", *STATE, "state__last_update", "state__retry_at")
    found = {Subject(URL, pk): _known(*row) for pk, *row in url_rows}
    return found | {Subject(SERVER, pk): _known(*row) for pk, *row in server_rows}


def _known(*row: Any) -> Known:
    enabled, interval, status, reason, last, retry_at = row
    return Known(enabled, interval, status or "", reason or "", last, retry_at)


def _meant(entries: Collection[StatusEntry], what: str) -> Q:
    """Rows of the servers or websites that these lines name, or whose tags they name."""
    ids = [pk for entry in entries if (pk := getattr(entry, f"{what}_id"))]
    return Q(pk__in=ids) | Q(tags__in=_tags(entries))


def _tags(entries: Collection[StatusEntry]) -> list[int]:
    return [entry.tag_id for entry in entries if entry.tag_id]


def lines_given(entries: Sequence[StatusEntry], known: Collection[Subject]) -> list[Given]:
    """The lines that stand for something known, in their order. Two queries."""
    tagged: dict[int, list[Subject]] = defaultdict(list)
    for model, what in ((Url, URL), (Server, SERVER)):
        for pk, tag in _tagged(model, what, _tags(entries)):
            if (subject := Subject(what, pk)) in known:
                tagged[tag].append(subject)
    given = (Given(entry, [one for one in _members(entry, tagged) if one in known]) for entry in entries)
    return [line for line in given if line.members]


def _tagged(model: type[Model], what: str, tags: Collection[int]) -> Any:
    through: type[Model] = model.tags.through  # type: ignore[attr-defined]  # both have tags
    rows = through._default_manager.filter(tag__in=tags)  # noqa: SLF001 - Django documents it
    return rows.values_list(f"{what}_id", "tag_id").order_by(f"{what}_id")


def _members(entry: StatusEntry, tagged: Mapping[int, Sequence[Subject]]) -> Sequence[Subject]:
    if entry.tag_id:
        return tagged.get(entry.tag_id, ())
    return [Subject(URL, entry.url_id) if entry.url_id else Subject(SERVER, entry.server_id or 0)]


def days_known(owner: User, lines: Sequence[Given], first: date, last: date) -> Mapping[int, Days]:
    """By the keys of lines with websites: the days (UTC) of all their websites together. Two queries."""
    ids = {line.entry.url_id: line.entry.pk for line in lines if line.entry.url_id}
    tags = {line.entry.tag_id: line.entry.pk for line in lines if line.entry.tag_id and line.has_websites}
    found: dict[int, dict[date, Spent]] = {pk: {} for pk in (*ids.values(), *tags.values())}
    rows = UrlDay.objects.filter(day__range=(first, last)).order_by()
    for pk, day, *spent in rows.filter(url__in=ids).values_list("url_id", "day", "up", "down", "held"):
        found[ids[pk]][day] = Spent(*spent)
    seen = urls_visible(owner).order_by().values("pk")
    together = rows.filter(url__tags__in=tags, url__in=seen).values("url__tags", "day")
    for row in together.annotate(ups=Sum("up"), downs=Sum("down"), helds=Sum("held")):
        found[tags[row["url__tags"]]][row["day"]] = Spent(int(row["ups"]), int(row["downs"]), int(row["helds"]))
    return found


def outages_known(subjects: Collection[Subject], since: datetime) -> dict[Subject, list[Span]]:
    """When each was down, as far as that was not over at `since`. One query."""
    urls, servers = ([one.pk for one in subjects if one.what == what] for what in (URL, SERVER))
    down = Q(kind=Incident.Kind.URL_DOWN, url__in=urls)
    down |= Q(kind=Incident.Kind.LOST, server__in=servers) & ~Q(stage__in=REACHED)
    rows = Incident.objects.filter(down, Q(closed=None) | Q(closed__gt=since)).order_by("-opened", "-pk")
    found: dict[Subject, list[Span]] = defaultdict(list)
    for url, server, opened, closed in rows.values_list("url_id", "server_id", "opened", "closed")[:MOST_OUTAGES]:
        subject = Subject(URL, url) if url else Subject(SERVER, server)
        found[subject].append(Span(opened, closed or ENDLESS))
    return found
