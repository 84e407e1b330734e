"""What a provider's answer means for a message and for the channel. Pure."""

from datetime import datetime
from email.utils import parsedate_to_datetime

from virtadmin.notifications.channel import ChannelError
from virtadmin.notifications.providers.wire import Reply

TOO_MANY, REQUEST_TIMEOUT, TOO_EARLY = 429, 408, 425
OVER = frozenset({401, 403, 404, 410})
"""The token was revoked, or the webhook is no longer there."""
OVER_WORDS = ("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "channel_not_found",
              "is_archived", "no_service", "invalid_token")  # fmt: skip
"""What Slack's and similar answers of status 200 say when it is over."""
DEFAULT_PAUSE = 30.0
"""Seconds to wait after a 429 that does not say for how long."""
LONGEST_PAUSE = 24 * 3600.0


def verdict(name: str, reply: Reply, now: datetime, *, own_host: bool) -> ChannelError:
    """The error of an answer that Apprise took for a failure. `name`: of the service.

    `own_host`: it is somebody's own server, which may well be set up wrong for an hour and right again.
    """
    text = told(name, reply)
    if reply.status == TOO_MANY or reply.retry_after:
        return ChannelError(text, retry_after=pause(reply.retry_after, now))
    if reply.status < 400:
        return ChannelError(text, gone=not own_host and any(word in reply.text for word in OVER_WORDS))
    if reply.status in OVER:
        return ChannelError(text, gone=not own_host or reply.status == 410)
    passes = reply.status >= 500 or reply.status in (REQUEST_TIMEOUT, TOO_EARLY)
    return ChannelError(text, permanent=not passes)


def told(name: str, reply: Reply) -> str:
    """The answer as a sentence for people."""
    said = " ".join(reply.text.split())
    return f"{name} answered {reply.status} {reply.reason}".strip() + (f": {said}" if said else ".")


def pause(header: str | None, now: datetime) -> float:
    """Seconds of a Retry-After header (RFC 9110 §10.2.3: a number of seconds, or a date); 30 without one."""
    if not header:
        return DEFAULT_PAUSE
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - now).total_seconds()
        except (ValueError, TypeError):
            return DEFAULT_PAUSE
    return min(max(seconds, 1.0), LONGEST_PAUSE) if seconds == seconds else DEFAULT_PAUSE
