"""From a text to the servers in it: the format found out, every line judged, doubles taken out. Pure."""

from dataclasses import dataclass

from virtadmin.core.errors import InvalidInput
from virtadmin.metrics.answer import printable
from virtadmin.servers.addresses import address_checked
from virtadmin.servers.checks import TAG_MAX, TAGS_MAX, fingerprint_checked, line_checked, port_checked
from virtadmin.servers.import_format import DEFAULT_PORT, Entry, Refusal
from virtadmin.servers.import_registry import FORMATS

TEXT_MAX = 256 * 1024
"""Characters."""
SERVERS_MAX = 500
"""How many are added at once."""
WHY_MAX = 500
"""Characters of why something cannot be imported."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A server that can be added: every field as it would be stored. An empty username means: as for all."""

    line: int
    ip_address: str
    port: int
    username: str
    name: str
    tags: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, and what of it cannot be imported, in the order of the lines."""

    format: str
    candidates: list[Candidate]
    refusals: list[Refusal]


def format_of(text: str) -> str:
    """The name of the format the text looks like."""
    return next(form.name for form in FORMATS if form.fits(text))


def text_read(text: str, format_name: str = "") -> Reading:
    """The servers of a text in the format, or in the one it looks like. Raises InvalidInput (text, format_name)."""
    plain = text.removeprefix("\ufeff").replace("\0", "")
    if not plain.strip():
        raise InvalidInput("text", "There is nothing in it.")
    if len(plain) > TEXT_MAX:
        raise InvalidInput("text", f"{TEXT_MAX} characters at most; this has {len(plain)}.")
    name = format_name or format_of(plain)
    if name not in FORMATS:
        raise InvalidInput("format_name", f"There is no format {name[:40]}; there are {', '.join(FORMATS.names())}.")
    found = FORMATS[name].read(plain)
    candidates, refusals = _judged(found.entries)
    told = [_one_line(refusal) for refusal in [*found.refusals, *refusals]]
    return Reading(name, candidates, sorted(told, key=lambda refusal: refusal.line))


def _one_line(refusal: Refusal) -> Refusal:
    """Without what would command a terminal: parts of the text are in it."""
    return Refusal(refusal.line, printable(" ".join(refusal.what.split())), printable(refusal.why, WHY_MAX))


def _judged(entries: list[Entry]) -> tuple[list[Candidate], list[Refusal]]:
    candidates: list[Candidate] = []
    refusals: list[Refusal] = []
    lines: dict[tuple[str, int], int] = {}
    for entry in entries:
        try:
            candidate = candidate_checked(entry)
        except InvalidInput as refusal:
            refusals.append(Refusal(entry.line, entry.name or entry.address, refusal.message))
            continue
        where = (candidate.ip_address, candidate.port)
        if where in lines:
            refusals.append(
                Refusal(entry.line, entry.name or entry.address, f"The same server as in line {lines[where]}.")
            )
        elif len(candidates) == SERVERS_MAX:
            why = f"{SERVERS_MAX} servers at a time: import the rest afterwards."
            refusals.append(Refusal(entry.line, entry.name or entry.address, why))
        else:
            lines[where] = entry.line
            candidates.append(candidate)
    return candidates, refusals


def candidate_checked(entry: Entry) -> Candidate:
    """The entry as it would be stored. Raises InvalidInput."""
    return Candidate(
        line=entry.line,
        ip_address=address_checked(entry.address),
        port=_port(entry.port),
        username=line_checked("username", entry.username, may_be_empty=True),
        name=line_checked("name", entry.name, may_be_empty=True),
        tags=tuple(line_checked("tags", tag, most=TAG_MAX) for tag in entry.tags)[:TAGS_MAX],
        fingerprint=fingerprint_checked(entry.fingerprint),
    )


def _port(text: str) -> int:
    if not text:
        return DEFAULT_PORT
    return port_checked(int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else None)
