"""In what condition a server is, in the words the pages use. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.models import Threshold
from virtadmin.servers.models import Server, ServerState
from virtadmin.servers.watched import is_overdue
from virtadmin.ssh.stages import HINTS, Stage


class Condition(StrEnum):
    """What is shown beside a server or website, worst first: the order of every list. Each has a shape of its own, so
    colour is never needed."""

    DOWN = "down"
    UNKNOWN = "unknown"
    OVER = "over"
    STALE = "stale"
    PENDING = "pending"
    UP = "up"
    PAUSED = "paused"


WORDS = {
    Condition.DOWN: "down",
    Condition.UNKNOWN: "unsure",
    Condition.OVER: "over limit",
    Condition.STALE: "no news",
    Condition.PENDING: "waiting",
    Condition.UP: "up",
    Condition.PAUSED: "paused",
}
LIMITED = {limit.name: limit.label if limit.label.isupper() else limit.label.lower() for limit in LIMITS}
"""What a Threshold limits, and how it is called inside a sentence."""
NEW = "It was not asked yet: its first numbers come in a few seconds."
OLD = "Nothing came for three rounds: the numbers are old."
UNASKED = "Nothing is asked and nobody is told until it is resumed."
FORGOTTEN = "Is a worker of the hub running?"
"""What to look at when nothing comes any more."""
FADED = frozenset({Condition.DOWN, Condition.STALE, Condition.PAUSED, Condition.PENDING})
"""Conditions in which the numbers are of the past."""


@dataclass(frozen=True, slots=True)
class Known:
    """What decides a server's condition."""

    enabled: bool
    enrolled: bool
    interval: int
    status: str
    status_reason: str
    last_update: datetime | None
    crossed: list[str]
    """The limits with an open incident, by the fields of Threshold."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A server's or website's condition, why, and what to do about it."""

    condition: Condition
    reason: str = ""
    hint: str = ""
    words: ClassVar[Mapping[Condition, str]] = WORDS

    @property
    def word(self) -> str:
        return self.words[self.condition]


def standing(known: Known, now: datetime) -> Standing:
    """What to say of the server at this moment."""
    if not known.enabled:
        return Standing(Condition.PAUSED, UNASKED)
    if known.status == ServerState.Status.DOWN:
        return Standing(Condition.DOWN, *failure(known.status_reason, HINTS))
    if known.status == ServerState.Status.PENDING:
        return Standing(Condition.PENDING, NEW if known.enrolled else "Its enrolment is not through.")
    if is_overdue(known.last_update, known.interval, now):
        return Standing(Condition.STALE, OLD, FORGOTTEN)
    if known.crossed:
        return Standing(Condition.OVER, "Over its limit: " + ", ".join(LIMITED[name] for name in known.crossed) + ".")
    if known.status == ServerState.Status.UNKNOWN:
        return Standing(Condition.UNKNOWN, *failure(known.status_reason, HINTS))
    return Standing(Condition.UP, *failure(known.status_reason, HINTS))


def known_of(server: Server, state: ServerState, threshold: Threshold | None) -> Known:
    """What decides the condition of a server that was read as a whole."""
    return Known(
        enabled=server.enabled,
        enrolled=server.enrolled,
        interval=server.interval,
        status=state.status,
        status_reason=state.status_reason,
        last_update=state.last_update,
        crossed=[name for name in LIMITED if getattr(threshold, f"{name}_notified", False)],
    )


def state_of(server: Server) -> ServerState:
    """What is known of the server; a blank one while nothing is."""
    return getattr(server, "state", None) or ServerState(server=server)


def threshold_of(server: Server) -> Threshold | None:
    """The server's limits, where they are made already."""
    return getattr(server, "threshold", None)


def stage_of(state: ServerState) -> Stage | None:
    """Where asking the server failed, from `status_reason` (`<stage>: sentence`)."""
    name = state.status_reason.partition(":")[0]
    return Stage(name) if name in HINTS else None


def failure(status_reason: str, hints: Mapping[Any, str]) -> tuple[str, str]:
    """The sentence and the hint of a `<stage>: sentence`; `hints` by stage."""
    name, colon, sentence = status_reason.partition(": ")
    return (sentence, hints[name]) if colon and name in hints else (status_reason, "")
