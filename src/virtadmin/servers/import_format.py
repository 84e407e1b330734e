"""The contract of a format that many servers can be read from at once. Pure: nothing is resolved, nothing asked."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from virtadmin.core.errors import InvalidInput
from virtadmin.servers.checks import FINGERPRINT

TARGET = re.compile(r"(?:(?P<user>\S+)@)?(?P<host>\[[^\]\s]+\]|[^\s\[\]@]+?)(?::(?P<port>[^:\s]*))?")
DEFAULT_PORT = 22
WORD_MAX = 500
"""Characters of an address with its login and port: more are none, and the pattern above would take long over them."""
JUMPED = "It is reached through another host ({}). The hub connects directly; give an address it can reach."


@dataclass(frozen=True, slots=True)
class Entry:
    """One server as the text gives it, not yet judged. `line` counts from 1; an empty username means: as for all."""

    line: int
    address: str
    port: str = ""
    username: str = ""
    name: str = ""
    tags: tuple[str, ...] = ()
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something in the text that cannot be imported: the line, what stands there (never a secret), and why not."""

    line: int
    what: str
    why: str


@dataclass(slots=True)
class Found:
    """What a format has read."""

    entries: list[Entry] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, line: int, what: str, why: str) -> None:
        """Note what cannot be imported."""
        self.refusals.append(Refusal(line, what, why))


class ImportFormat(Protocol):
    """A format. Its functions are pure, and `read` never raises anything but InvalidInput (of the field "text")."""

    name: str
    label: str
    example: str
    """A few lines that show what can be given."""

    def fits(self, text: str) -> bool:
        """Whether the text looks like it; the registry asks one after the other."""

    def read(self, text: str) -> Found:
        """The servers in it. Raises InvalidInput if it cannot be read at all."""


@dataclass(frozen=True, slots=True)
class Target:
    """`user@host:port`, taken apart."""

    host: str
    username: str = ""
    port: str = ""


def target_read(word: str) -> Target | None:
    """The parts of `[user@]host[:port]`, also as ssh://…; IPv6 with a port in brackets. None if it is no such word."""
    if word.startswith("ssh://"):
        word = word.removeprefix("ssh://").rstrip("/")
    if "://" in word:
        return Target(word)  # no host, which is told when it is judged
    user, _, bare = word.rpartition("@")
    if bare.count(":") > 1 and not bare.startswith("["):  # IPv6 without brackets has no port
        return Target(bare, user)
    match = TARGET.fullmatch(word) if len(word) <= WORD_MAX else None
    if match is None:
        return None
    return Target(match["host"].strip("[]"), match["user"] or "", match["port"] or "")


def is_fingerprint(word: str) -> bool:
    """Whether it is SHA256:…"""
    return word.startswith("SHA256:") and FINGERPRINT.fullmatch(word) is not None


def tags_read(text: str) -> tuple[str, ...]:
    """Words with commas, semicolons, bars or blanks between, each once."""
    return tuple(dict.fromkeys(re.findall(r"[^\s,;|]+", text)))


def lines_of(text: str) -> Iterable[tuple[int, str]]:
    """The lines that say something, with their numbers from 1; whole-line comments are left out."""
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield number, stripped


def unreadable(why: str) -> InvalidInput:
    """The error for a text that is not of the format at all."""
    return InvalidInput("text", why)
