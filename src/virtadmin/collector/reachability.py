"""Whether a server can be asked: a state machine of its good and failed polls. Pure, the clock passed in.

An uncertain failure (a timeout, a refused connection …) counts to `ATTEMPTS`, asked again at the next tick; a certain
one (key rejected, host key changed …) is told at once. A lost server is back after `RECOVERY` good answers.
"""

from dataclasses import dataclass, replace

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
    """What is known of a server's reachability. `stage` is that of the newest failure, None after a good answer."""

    status: str
    failures: int = 0
    successes: int = 0
    retry_at: float | None = None
    stage: Stage | None = None


def answered(reach: Reach, *, now: float) -> Reach:
    """The reach after a good answer."""
    if reach.status != Status.DOWN:
        return Reach(Status.UP)
    successes = reach.successes + 1
    if successes >= RECOVERY:
        return Reach(Status.UP)
    return replace(reach, failures=0, successes=successes, retry_at=now)


def failed(reach: Reach, stage: Stage, *, now: float) -> Reach:
    """The reach after a failed poll."""
    failures = reach.failures + 1
    lost = reach.status == Status.DOWN or stage in CERTAIN or failures >= ATTEMPTS
    if not lost:
        return Reach(reach.status, failures, 0, now, stage)
    pause = min(BACK_OFF * 2 ** (failures - 1), BACK_OFF_MAX) if stage in BACKS_OFF else None
    return Reach(Status.DOWN, failures, 0, None if pause is None else now + pause, stage)


def is_news(before: Reach, after: Reach) -> bool:
    """Whether people are to be told: lost, back, or lost in a way that is an alert of its own (host key changed)."""
    if before.status == Status.DOWN == after.status:
        return after.stage == Stage.HOST_KEY_CHANGED != before.stage
    return Status.DOWN in (before.status, after.status)
