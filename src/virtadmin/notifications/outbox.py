"""When a delivery is tried again. Pure."""

from datetime import datetime, timedelta

from virtadmin.notifications.channel import ChannelError

BACKOFF = (30, 120, 600, 3600, 4 * 3600, 12 * 3600)
"""Seconds of waiting after the first, second … failed attempt; after the one that follows the last, it is given up."""
MOST_ATTEMPTS = len(BACKOFF) + 1
PATIENT = 2
"""After so many failures at most, a waiting time that the other side sets is kept to the second."""
LEASE = timedelta(minutes=2)
"""How long a worker may take for one message before it counts as dead."""


def next_attempt(attempts: int, error: ChannelError, now: datetime) -> datetime | None:
    """When to try again after `attempts` failures, the newest being `error`; None: never."""
    if error.permanent or attempts >= MOST_ATTEMPTS:
        return None
    return postponed(attempts, error, now)


def postponed(attempts: int, error: ChannelError, now: datetime) -> datetime:
    """When to try again if `error` came after `attempts` failures of the message itself."""
    asked = error.retry_after is not None and attempts <= PATIENT
    pause = 1 if asked else BACKOFF[min(max(attempts, 1), len(BACKOFF)) - 1]
    return now + timedelta(seconds=max(pause, error.retry_after or 0))
