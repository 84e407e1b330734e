"""Entries of the log of changes as a page shows them: in words, with links, and what narrows the list."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_date

from virtadmin.accounts.log import log_names, log_visible
from virtadmin.accounts.models import User

WORDS = {LogEntry.Action.CREATE: "made", LogEntry.Action.UPDATE: "changed", LogEntry.Action.DELETE: "deleted"}
PAGES = {
    "servers.server": ("web:server", "pk"),
    "servers.initialserverprofile": ("web:enrolment", "pk"),
    "websites.url": ("web:website", "pk"),
    "statuspages.statuspage": ("web:status_page", "pk"),
    "accounts.user": ("web:person", "uuid"),
    "auth.group": ("web:people_group", "pk"),
}
"""The page of an object of this kind, and by which of its attributes it is reached."""
HIDDEN = frozenset({"password", "secret", "private_key", "ssh_key"})
"""Fields of which it is said that they changed, never how."""
Names = Mapping[tuple[type[Model], str], str]
"""What objects are called, by their kind and key."""
EMPTY = (None, "None", "", "[]", "{}")
LONG = 300
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is narrowed by."""

    person: str = ""
    kind: str = ""
    words: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, query: QueryDict) -> "Asked":
        """As asked for; what makes no sense is left out."""
        return cls(
            query.get("person", "")[:150],
            query.get("kind", "")[:100],
            query.get("q", "")[:100],
            _date(query.get("since", "")),
            _date(query.get("until", "")),
        )

    def address(self) -> str:
        """The query string; empty without any."""
        given = {
            "person": self.person,
            "kind": self.kind,
            "q": self.words,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
        }
        kept = {name: value for name, value in given.items() if value}
        return f"?{urlencode(kept)}" if kept else ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: before and after; for a set of things, what was added and removed."""

    label: str
    before: str = ""
    after: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One entry."""

    entry: LogEntry
    deed: str
    kind: str
    address: str
    differences: list[Difference]


def changes_listed(user: User, asked: Asked) -> QuerySet[LogEntry]:
    """Those asked for of what the person may read, the newest first. Dates are days of the person's time zone."""
    rows = log_visible(user).order_by("-timestamp", "-pk")
    if asked.person:
        rows = rows.filter(actor=None) if asked.person == "-" else rows.filter(actor__username=asked.person)
    if asked.kind:
        app, _, model = asked.kind.partition(".")
        rows = rows.filter(content_type__app_label=app, content_type__model=model)
    for word in asked.words.split():
        rows = rows.filter(object_repr__icontains=word)
    if asked.since:
        rows = rows.filter(timestamp__gte=_midnight(asked.since, user.zone))
    if asked.until:
        rows = rows.filter(timestamp__lt=_midnight(asked.until + timedelta(days=1), user.zone))
    return rows


def kinds(user: User) -> list[tuple[str, str]]:
    """Kinds of objects there are entries of, for choosing."""
    seen = ContentType.objects.filter(pk__in=log_visible(user).order_by().values("content_type"))
    return sorted(((f"{kind.app_label}.{kind.model}", _kind(kind)) for kind in seen), key=lambda pair: pair[1])


def actors(user: User) -> list[str]:
    """Who has changed something, for choosing."""
    acting = User.objects.filter(pk__in=log_visible(user).order_by().values("actor")).order_by("username")
    return list(acting.values_list("username", flat=True))


def lines(entries: Iterable[LogEntry], user: User) -> list[Line]:
    """What the page shows of them to the person. Objects that are there still are linked; one query a kind."""
    rows = list(entries)
    addresses, names = _addresses(rows), _names(rows, user)
    return [
        Line(
            row,
            WORDS.get(row.action, "looked at"),
            _kind(row.content_type),
            addresses.get((row.content_type_id, row.object_pk), ""),
            list(_differences(row, names)),
        )
        for row in rows
    ]


def _differences(entry: LogEntry, names: Names) -> Iterable[Difference]:
    model = entry.content_type.model_class()
    for name, change in entry.changes_dict.items():
        field = _field(model, name)
        label = str(getattr(field, "verbose_name", "") or name.replace("_", " "))
        if name in HIDDEN:
            yield Difference(label, hidden=True)
        elif isinstance(change, dict):
            what = ", ".join(str(value) for value in change.get("objects", []))
            added = change.get("operation") == "add"
            yield Difference(label, "" if added else _short(what), _short(what) if added else "")
        elif entry.action != LogEntry.Action.CREATE or _said(change[1], field, names):
            yield Difference(label, _said(change[0], field, names), _said(change[1], field, names))


def _field(model: type[Model] | None, name: str) -> Any:
    try:
        return model._meta.get_field(name) if model else None  # noqa: SLF001  # public by Django's documentation
    except FieldDoesNotExist:
        return None


def _said(value: Any, field: Any, names: Names) -> str:
    """A value of the field in words; what was empty is empty."""
    if value in EMPTY:
        return ""
    if kind := _named_by_key(field):
        return _short(names.get((kind, str(value)), f"no. {value}"))
    if word := dict(getattr(field, "flatchoices", ())).get(value):
        return str(word)
    text = re.sub(r"(\d\d:\d\d:\d\d)\.\d+", r"\1", str(value))
    return _short({"True": "yes", "False": "no"}.get(text) or _listed(text))


def _listed(text: str) -> str:
    """A list of words as people write one; anything else as it is."""
    try:
        found = json.loads(text) if text.startswith("[") else None
    except ValueError:
        found = None
    return ", ".join(map(str, found)) if isinstance(found, list) and all(map(_plain, found)) else text


def _plain(value: object) -> bool:
    return isinstance(value, str | int | float)


def _short(text: str) -> str:
    return text if len(text) <= LONG else f"{text[:LONG]}…"


def _kind(kind: ContentType) -> str:
    model = kind.model_class()
    return str(model._meta.verbose_name) if model else kind.model  # noqa: SLF001  # public by Django's documentation


def _named_by_key(field: Any) -> type[Model] | None:
    """The kind of object that the field names by its key."""
    kind: type[Model] | None = field.related_model if getattr(field, "many_to_one", False) else None
    return kind


def _names(rows: list[LogEntry], user: User) -> Names:
    keys: dict[type[Model], set[str]] = defaultdict(set)
    for row in rows:
        model = row.content_type.model_class()
        for name, change in row.changes_dict.items():
            if isinstance(change, list) and (kind := _named_by_key(_field(model, name))):
                keys[kind].update(str(value) for value in change if value not in EMPTY)
    return {(kind, key): name for kind, those in keys.items() for key, name in log_names(user, kind, those).items()}


def _addresses(rows: list[LogEntry]) -> dict[tuple[int, str], str]:
    found: dict[tuple[int, str], str] = {}
    for kind in {row.content_type for row in rows}:
        route, attribute = PAGES.get(f"{kind.app_label}.{kind.model}", ("", ""))
        model = kind.model_class()
        if not route or model is None:
            continue
        pks = {row.object_pk for row in rows if row.content_type_id == kind.pk}
        for there in model._default_manager.filter(pk__in=pks):  # noqa: SLF001  # public by Django's documentation
            try:
                found[kind.pk, str(there.pk)] = reverse(route, args=[getattr(there, attribute)])
            except NoReverseMatch:
                break  # this hub has no such page
    return found


def _date(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
