"""In what condition a server is, in the words the pages use. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.models import Threshold
from virtadmin.servers.models import Server, ServerState
from virtadmin.ssh.stages import HINTS, Stage


class Condition(StrEnum):
    """What is shown beside a server, worst first. Each has a shape of its own, so colour is never needed."""

    DOWN = "down"
    OVER = "over"
    STALE = "stale"
    UNKNOWN = "unknown"
    PENDING = "pending"
    UP = "up"
    PAUSED = "paused"


WORDS = {
    Condition.DOWN: "down",
    Condition.OVER: "over limit",
    Condition.STALE: "no news",
    Condition.UNKNOWN: "unsure",
    Condition.PENDING: "waiting",
    Condition.UP: "up",
    Condition.PAUSED: "paused",
}
LIMITED = {limit.name: limit.label if limit.label.isupper() else limit.label.lower() for limit in LIMITS}
"""What a Threshold limits, and how it is called inside a sentence."""
STALE_SECONDS = 60
"""How long after three missed rounds a server counts as forgotten: the collector itself may be away."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A server's condition, why, and what to do about it."""

    condition: Condition
    reason: str = ""
    hint: str = ""

    @property
    def word(self) -> str:
        return WORDS[self.condition]


def limits_crossed(threshold: Threshold | None) -> list[str]:
    """The limits with an open incident, by the fields of Threshold."""
    return [name for name in LIMITED if threshold is not None and getattr(threshold, f"{name}_notified")]


def standing(server: Server, state: ServerState, threshold: Threshold | None, now: datetime) -> Standing:
    """What to say of the server at this moment."""
    if not server.enabled:
        return Standing(Condition.PAUSED, "Nothing is asked and nobody is told until it is resumed.")
    if state.status == ServerState.Status.DOWN:
        return Standing(Condition.DOWN, *_failure(state.status_reason))
    if state.status == ServerState.Status.PENDING:
        return Standing(
            Condition.PENDING, "It was not asked yet." if server.enrolled else "Its enrolment is not through."
        )
    if state.last_update and (now - state.last_update).total_seconds() > 3 * server.interval + STALE_SECONDS:
        return Standing(
            Condition.STALE, "Nothing came for three rounds: the numbers are old.", "Is a worker of the hub running?"
        )
    if crossed := limits_crossed(threshold):
        return Standing(Condition.OVER, "Over its limit: " + ", ".join(LIMITED[name] for name in crossed) + ".")
    if state.status == ServerState.Status.UNKNOWN:
        return Standing(Condition.UNKNOWN, *_failure(state.status_reason))
    return Standing(Condition.UP, *_failure(state.status_reason))


def stage_of(state: ServerState) -> Stage | None:
    """Where asking the server failed, from `status_reason` (`<stage>: sentence`)."""
    name = state.status_reason.partition(":")[0]
    return Stage(name) if name in HINTS else None


def _failure(status_reason: str) -> tuple[str, str]:
    """The sentence and the hint of a `<stage>: sentence`."""
    name, colon, sentence = status_reason.partition(": ")
    if colon and name in HINTS:
        return sentence, HINTS[Stage(name)]
    return status_reason, ""
