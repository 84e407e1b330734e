"""The form of a status page. What is on it: whatever was given a public name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Model, Q, QuerySet

from virtadmin.accounts.models import User
from virtadmin.alerting.subject import SERVER, URL
from virtadmin.notifications.selectors import tags_choosable
from virtadmin.servers.checks import NAME_MAX
from virtadmin.servers.selectors import servers_visible
from virtadmin.statuspages.checks import INTRO_MAX, SLUG_MAX
from virtadmin.statuspages.models import StatusEntry, StatusPage
from virtadmin.statuspages.services import Entry
from virtadmin.web.forms.fields import Plain
from virtadmin.web.websites.listing import bare
from virtadmin.websites.selectors import urls_visible

TAG = "tag"
KINDS = {URL: "Websites", SERVER: "Servers", TAG: "Tags"}
LISTED = 1000
"""Of a kind that can be chosen from here; whoever has more has tags for them."""
LAST = 10_000


@dataclass(frozen=True, slots=True)
class Row:
    """Something that can be on the page; `name` is its public one, empty = it is not on it."""

    what: str
    chosen: Model
    label: str
    about: str = ""
    name: str = ""
    place: str = ""
    """Its number on the page, as it was given."""

    @property
    def key(self) -> str:
        """What its fields are called by."""
        return f"{self.what}-{self.chosen.pk}"

    @property
    def order(self) -> int:
        return int(self.place) if self.place.isascii() and self.place.isdigit() else LAST

    @property
    def entry(self) -> Entry:
        """The line it becomes."""
        chosen: Any = self.label if self.what == TAG else self.chosen
        return Entry(self.name, **{self.what: chosen})


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of a kind that are not on the page."""

    title: str
    rows: list[Row]
    is_open: bool


class StatusPageForm(Plain):
    """Its title and address, and its lines."""

    title = forms.CharField(label="Title", max_length=NAME_MAX)
    intro = forms.CharField(
        label="A few words", required=False, max_length=INTRO_MAX, widget=forms.Textarea({"rows": 3}),
        help_text="Below the title; plain text.",
    )  # fmt: skip
    slug = forms.CharField(
        label="Address", required=False, max_length=SLUG_MAX,
        widget=forms.TextInput({"autocapitalize": "none", "spellcheck": "false"}),
        help_text="The part after /status/, such as our-shop. Empty: one that nobody can guess.",
    )  # fmt: skip
    enabled = forms.BooleanField(label="Anybody who has the address may read it", required=False, initial=True)
    indexed = forms.BooleanField(label="Search engines may list it", required=False)

    def __init__(self, user: User, page: StatusPage | None = None, data: Any = None) -> None:
        shown = {name: getattr(page, name) for name in self.base_fields} if page else {}
        super().__init__(data, initial=shown)
        lines = list(page.entries.order_by("position", "pk")) if page else []
        rows = list(_rows(page.owner if page else user, _present(lines), data))
        on_it = {_key(line) for line in lines}
        self.chosen = sorted((row for row in rows if row.key in on_it), key=lambda row: row.order)
        """The rows on the page as it is stored, in their order."""
        self.others = [row for row in rows if row.key not in on_it]

    @property
    def groups(self) -> list[Group]:
        """What else there is, by kind."""
        found = ((title, [row for row in self.others if row.what == what]) for what, title in KINDS.items())
        return [
            Group(title, rows, is_open=not self.chosen or any(row.name for row in rows))
            for title, rows in found
            if rows
        ]

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        named = [row for row in (*self.chosen, *self.others) if row.name]
        return {**self.cleaned_data, "entries": [row.entry for row in sorted(named, key=lambda row: row.order)]}


def _key(line: StatusEntry) -> str:
    pairs = ((URL, line.url_id), (SERVER, line.server_id), (TAG, line.tag_id))
    return next(f"{what}-{pk}" for what, pk in pairs if pk)


def _present(lines: Iterable[StatusEntry]) -> dict[str, tuple[str, str]]:
    """The public name and the place of each, by its key."""
    return {_key(line): (line.name, str(number)) for number, line in enumerate(lines, 1)}


def _rows(user: User, present: Mapping[str, tuple[str, str]], data: Mapping[str, str] | None) -> Iterable[Row]:
    """All that the user may choose from, with what was typed, else with what is stored."""
    for what, chosen, label, about in _choices(user, present):
        key = f"{what}-{chosen.pk}"
        name, place = present.get(key, ("", ""))
        if data is not None:
            name, place = data.get(f"name-{key}", "").strip(), data.get(f"place-{key}", "").strip()
        yield Row(what, chosen, label, about, name, place)


def _choices(user: User, present: Iterable[str]) -> Iterable[tuple[str, Model, str, str]]:
    ids: dict[str, list[int]] = {what: [] for what in KINDS}
    for key in present:
        what, _, pk = key.partition("-")
        ids[what].append(int(pk))
    for url in _first(urls_visible(user).only("name", "uri"), ids[URL], "name", "uri"):
        yield URL, url, url.name or bare(url.uri), bare(url.uri) if url.name else ""
    for server in _first(servers_visible(user).only("name", "ip_address"), ids[SERVER], "name"):
        yield SERVER, server, server.name, server.ip_address
    for tag in _first(tags_choosable(user), ids[TAG], "name"):
        yield TAG, tag, tag.name, ""


def _first(rows: QuerySet[Any], ids: list[int], *order: str) -> list[Any]:
    """The first ones, and in any case those with these keys."""
    rows = rows.order_by(*order, "pk")
    found = list(rows[:LISTED])
    missing = set(ids) - {row.pk for row in found}
    return found + (list(rows.filter(Q(pk__in=missing))) if missing else [])
