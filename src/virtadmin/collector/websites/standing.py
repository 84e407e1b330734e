"""What a check changes in a website's standing: the state machine of servers, with the website's own numbers. Pure."""

from dataclasses import replace

from virtadmin.collector.due import LONGEST_WAIT, LOST_INTERVAL
from virtadmin.collector.reachability import Reach, answered, missed
from virtadmin.websites.check.outcome import Outcome
from virtadmin.websites.models import UrlState

LONGEST_PAUSE = LONGEST_WAIT - 60
"""No website is left alone for longer, whatever it asks for: an hour, less what clocks of workers may differ."""
Status = UrlState.Status


def checked(reach: Reach, outcome: Outcome, *, confirmations: int, interval: int, now: float) -> Reach:
    """The reach after a check. A failure that is not believed yet is looked at again at the next tick, or when the
    website wants to be asked again (Retry-After); one that is believed at the interval, or then if that is later."""
    if outcome.stage is None:
        return answered(reach, now=now)
    pause = min(outcome.retry_after, LONGEST_PAUSE) if outcome.retry_after else None
    found = missed(reach, outcome.stage, attempts=confirmations, pause=pause, now=now)
    if found.status == Status.DOWN and pause is not None and pause <= min(interval, LOST_INTERVAL):
        return replace(found, retry_at=None)
    return found


def is_down(reach: Reach) -> bool | None:
    """What people are told: down, up, or None while a check says otherwise than what counts."""
    if (reach.failures and reach.status != Status.DOWN) or reach.successes:
        return None
    return reach.status == Status.DOWN
