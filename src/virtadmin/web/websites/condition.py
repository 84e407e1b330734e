"""In what condition a website is, in the words the pages use. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from virtadmin.servers.watched import is_overdue
from virtadmin.web import condition
from virtadmin.web.condition import FORGOTTEN, UNASKED, Condition, failure
from virtadmin.websites.check.stages import HINTS
from virtadmin.websites.models import Url, UrlState

WORDS = {**condition.WORDS, Condition.OVER: "expiring"}
Status = UrlState.Status


@dataclass(frozen=True, slots=True)
class Known:
    """What decides a website's condition: columns of Url and UrlState. `reason` is `<stage>: sentence`."""

    enabled: bool
    interval: int
    status: str = Status.PENDING
    reason: str = ""
    failures: int = 0
    retry_at: float | None = None
    last_check: datetime | None = None
    expires: datetime | None = None
    warned: bool = False
    """Whether people were told that its certificate expires."""

    @classmethod
    def of(cls, url: Url, state: UrlState) -> "Known":
        """Of a website that was read as a whole."""
        return cls(
            enabled=url.enabled,
            interval=url.interval,
            status=state.status,
            reason=state.status_reason,
            failures=state.failures,
            retry_at=state.retry_at,
            last_check=state.last_check,
            expires=state.ssl_expiration_date,
            warned=state.ssl_expiration_date_notified,
        )

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> "Known":
        """Of a row of the list (`listing.COLUMNS`)."""
        return cls(
            enabled=row["enabled"],
            interval=row["interval"],
            status=row["state__status"] or Status.PENDING,
            reason=row["state__status_reason"] or "",
            failures=row["state__failures"] or 0,
            retry_at=row["state__retry_at"],
            last_check=row["state__last_check"],
            expires=row["state__ssl_expiration_date"],
            warned=bool(row["state__ssl_expiration_date_notified"]),
        )


class Standing(condition.Standing):
    """A website's, in its own words."""

    __slots__ = ()
    words = WORDS


def standing(known: Known, now: datetime) -> Standing:
    """What to say of the website at this moment."""
    reason, hint = failure(known.reason, HINTS)
    if not known.enabled:
        return Standing(Condition.PAUSED, UNASKED)
    if known.status == Status.DOWN:
        return Standing(Condition.DOWN, reason, hint)
    if is_forgotten(known, now):
        return Standing(Condition.STALE, "Three checks are overdue: what stands here is old.", FORGOTTEN)
    if known.failures:
        return Standing(Condition.UNKNOWN, f"{reason} It is checked again before it counts as down.".strip(), hint)
    if known.status == Status.PENDING:
        return Standing(Condition.PENDING, "Its first check is on its way.")
    if known.warned:
        return Standing(Condition.OVER, certificate_end(known.expires, now), "Renew it in time, and reload the server.")
    return Standing(Condition.UP)


def is_forgotten(known: Known, now: datetime) -> bool:
    """Whether nobody asked it for three intervals, though it was not asked to wait: the collector may be away."""
    return is_overdue(known.last_check, known.interval, now, known.retry_at)


def certificate_end(expires: datetime | None, now: datetime) -> str:
    """A sentence on how long the certificate lasts."""
    if expires is None:
        return ""
    days = days_left(expires, now)
    if days < 0:
        return "Its certificate has expired."
    if days == 0:
        return "Its certificate expires within a day."
    return f"Its certificate expires in {days} day{'' if days == 1 else 's'}."


def days_left(expires: datetime, now: datetime) -> int:
    """Whole days until then; below 0 once it is over."""
    return (expires - now).days
