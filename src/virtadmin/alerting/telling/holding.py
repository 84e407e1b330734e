"""Whether something may be told now, has to wait, is held back, or is not worth telling any more. Pure.

An opening waits for what its server hangs on to be asked, and is held while that is lost, while the server itself is,
and while somebody wants silence. A recovery is never held; but there is none of what was not told.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from virtadmin.alerting.models import Incident, Telling

What, Hold = Telling.What, Telling.Hold
PARENT_WAIT = timedelta(seconds=20)
"""How long the loss of a server waits for what it hangs on to be asked too."""
DOUBT_WAIT = timedelta(seconds=60)
"""How long at most, while that does not answer but is not given up yet either: three polls with their timeouts."""
RETURN_WAIT = timedelta(seconds=30)
"""How long a lost server may take to answer, once what it hangs on is back."""
RETURNS = {
    Incident.Kind.LOST.value: (Hold.PARENT,),
    Incident.Kind.URL_DOWN.value: (Hold.LOST, Hold.PARENT, Hold.CUT_OFF),
}
"""What is given that time, by kind of incident and what held it."""


class Fate(StrEnum):
    """What becomes of it now."""

    TELL = "tell"
    WAIT = "wait"
    HOLD = "hold"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one incident and one person just now."""

    is_open: bool
    may_see: bool
    """The person is active and may see the server."""
    opened: datetime
    opening: str = ""
    """The state of the opening's telling to this person; empty = there is none."""
    hold: str = ""
    """Why openings are held back now (`Telling.Hold`); empty = they are not."""
    cleared: bool = False
    """What its server hangs on has answered since it was opened."""
    doubted: bool = False
    """What its server hangs on does not answer, but does not count as lost yet."""
    gathering: bool = False
    """It belongs to an outage that is still gathering."""
    acknowledged: bool = False


def fate(what: str, known: Known, due: datetime, now: datetime) -> Fate:
    """Decide; `due` is when it may be told at the earliest."""
    if not known.may_see or not _is_worth(what, known):
        return Fate.DROP
    if what != What.CLOSED and known.hold:
        return Fate.HOLD
    if known.gathering or _waits_for_parent(known, due, now):
        return Fate.WAIT
    return Fate.TELL


def released(kind: str, hold: str, now: datetime) -> datetime:
    """When it may be told that was held back so far. What is lost or down gets the time to come back as what it hangs
    on did."""
    return now + RETURN_WAIT if hold in RETURNS.get(kind, ()) else now


def _waits_for_parent(known: Known, due: datetime, now: datetime) -> bool:
    if due <= now:
        return known.doubted and now < known.opened + DOUBT_WAIT
    return not (known.cleared and due <= known.opened + PARENT_WAIT)


def _is_worth(what: str, known: Known) -> bool:
    """Whether there is anything to tell: what opened and closed unseen is nobody's business."""
    was_told = known.opening == Telling.State.TOLD
    match what:
        case What.OPENED:
            return known.is_open
        case What.CLOSED:
            return was_told
        case What.REPEATED:
            return known.is_open and was_told and not known.acknowledged
        case _:
            return known.is_open and was_told
