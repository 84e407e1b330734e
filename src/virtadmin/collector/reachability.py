"""Whether a server can be asked, or a website is up: a state machine of good and failed tries. Pure, the clock passed
in.

An uncertain failure (a timeout, a refused connection …) counts to `ATTEMPTS`, asked again at the next tick; a certain
one (key rejected, host key changed …) is told at once. Of a website, a person says how many failures it takes. What is
lost is back after `RECOVERY` good answers.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from virtadmin.servers.models import ServerState
from virtadmin.ssh.stages import CERTAIN, Stage

ATTEMPTS = 3
RECOVERY = 2
BACK_OFF = 300.0
"""Seconds after the first refusal of our key or the host's; doubled each time, so that no fail2ban sees a storm."""
BACK_OFF_MAX = 3600.0
BACKS_OFF = frozenset({Stage.AUTH_REJECTED, Stage.HOST_KEY_CHANGED})

Status = ServerState.Status


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known of a server's or website's reachability. `stage` is that of the newest failure, None after a good
    answer; `retry_at` (unix time) when to try next, None = when its interval says so."""

    status: str
    failures: int = 0
    successes: int = 0
    retry_at: float | None = None
    stage: StrEnum | None = None


def answered(reach: Reach, *, now: float) -> Reach:
    """The reach after a good answer."""
    if reach.status != Status.DOWN:
        return Reach(Status.UP)
    successes = reach.successes + 1
    if successes >= RECOVERY:
        return Reach(Status.UP)
    return replace(reach, failures=0, successes=successes, retry_at=now)


def failed(reach: Reach, stage: Stage, *, now: float) -> Reach:
    """The reach after a failed poll of a server."""
    pause = min(BACK_OFF * 2**reach.failures, BACK_OFF_MAX) if stage in BACKS_OFF else None
    return missed(reach, stage, attempts=1 if stage in CERTAIN else ATTEMPTS, pause=pause, now=now)


def missed(reach: Reach, stage: StrEnum, *, attempts: int, pause: float | None, now: float) -> Reach:
    """The reach after a failed try; so many in a row are believed. Then `pause` are the seconds to the next one, None =
    as the interval says; before, it is tried again at once, or after the pause."""
    failures = reach.failures + 1
    if reach.status != Status.DOWN and failures < attempts:
        return Reach(reach.status, failures, 0, now + (pause or 0.0), stage)
    return Reach(Status.DOWN, failures, 0, None if pause is None else now + pause, stage)


def patience(stage: StrEnum | None, failures: int) -> float:
    """How many seconds off the next try of a server can be at most, after a failure of this stage, the so-manyth."""
    return min(BACK_OFF * 2 ** (failures - 1), BACK_OFF_MAX) if stage in BACKS_OFF and failures else 0.0


def is_news(before: Reach, after: Reach) -> bool:
    """Whether people are to be told: lost, back, or lost in a way that is an alert of its own (host key changed)."""
    if before.status == Status.DOWN == after.status:
        return after.stage == Stage.HOST_KEY_CHANGED != before.stage
    return Status.DOWN in (before.status, after.status)
