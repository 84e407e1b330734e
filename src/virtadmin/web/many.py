"""An import as its pages show it: the rows to be judged, then what became of each. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from virtadmin.servers.import_outcome import Outcome, Tally, outcome, tally
from virtadmin.servers.models import ImportRow
from virtadmin.web.forms.add import words

EDITED = ("name", "username", "tags")


@dataclass(frozen=True, slots=True)
class Key:
    """What a row's host has shown: a step's state, words for it, and the fingerprint that will be matched."""

    state: str
    text: str
    fingerprint: str = ""


def key_of(row: ImportRow) -> Key:
    """How the key that was shown stands to the one the list names."""
    if not row.looked:
        return Key("now", "looking …")
    if not row.shown:
        return Key("failed", row.refusal)
    shown = {fingerprint: algorithm for algorithm, fingerprint in row.shown}
    if not row.fingerprint:
        algorithm, fingerprint = row.shown[0]
        return Key("todo", algorithm, fingerprint)
    if row.fingerprint in shown:
        return Key("done", "as the list names it", row.fingerprint)
    return Key("failed", "not the key the list names", row.shown[0][1])


@dataclass(frozen=True, slots=True)
class Line:
    """One row to be judged: what is entered, what is wrong with it, and its key."""

    row: ImportRow
    chosen: bool
    name: str
    username: str
    tags: str
    key: Key
    watched: bool
    """This address is watched already."""
    wrong: str = ""
    """The field that is wrong."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """A form that was refused: what was typed, the field that is wrong (such as `name-12`), and why."""

    texts: Mapping[str, Any]
    wrong: str
    why: str


def lines(rows: Iterable[ImportRow], watched: Collection[tuple[str, int]], typed: Typed | None = None) -> list[Line]:
    """The rows as they are stored, or as they were typed."""
    return [_typed_line(row, watched, typed) if typed else _line(row, watched) for row in rows]


def _line(row: ImportRow, watched: Collection[tuple[str, int]]) -> Line:
    tags, known = ", ".join(row.tags), (row.ip_address, row.port) in watched
    return Line(row, row.chosen, row.name, row.username, tags, key_of(row), known)


def _typed_line(row: ImportRow, watched: Collection[tuple[str, int]], typed: Typed) -> Line:
    name, username, tags = (str(typed.texts.get(f"{field}-{row.pk}", "")) for field in EDITED)
    field, _, pk = typed.wrong.partition("-")
    told = (field, typed.why) if pk == str(row.pk) else ("", "")
    chosen, known = f"chosen-{row.pk}" in typed.texts, (row.ip_address, row.port) in watched
    return Line(row, chosen, name, username, tags, key_of(row), known, *told)


def typed_rows(rows: Iterable[ImportRow], typed: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """What was typed, row by row, as `servers.services.import_change` takes it."""
    return {row.pk: _typed_row(row.pk, typed) for row in rows if f"name-{row.pk}" in typed}


def _typed_row(pk: int, typed: Mapping[str, Any]) -> dict[str, Any]:
    name, username, tags = (str(typed.get(f"{field}-{pk}", "")) for field in EDITED)
    return {"chosen": f"chosen-{pk}" in typed, "name": name, "username": username, "tags": words(tags)}


@dataclass(frozen=True, slots=True)
class Looking:
    """How many hosts were asked for their keys, how many could not be."""

    looked: int
    all: int
    failed: int
    unknown: int
    """Those that show a key neither the list names nor anybody has trusted yet."""

    @property
    def over(self) -> bool:
        """Whether all were asked."""
        return self.looked == self.all


def looking(rows: Iterable[ImportRow]) -> Looking:
    """How far it is."""
    listed = list(rows)
    looked = [row for row in listed if row.looked]
    return Looking(
        looked=len(looked),
        all=len(listed),
        failed=sum(1 for row in looked if not row.shown),
        unknown=sum(1 for row in looked if row.shown and not row.fingerprint and not row.profile_id),
    )


@dataclass(frozen=True, slots=True)
class Ends:
    """What became of the rows, and all of it counted."""

    rows: list[tuple[ImportRow, Outcome]]
    tally: Tally


def ends(rows: Iterable[ImportRow]) -> Ends:
    """The rows with their outcomes."""
    found = [(row, outcome(row)) for row in rows]
    return Ends(found, tally(end for _, end in found))
