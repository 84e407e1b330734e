"""What an answer's head says of a check: expected or not, and when to come back. Pure."""

from collections.abc import Sequence
from email.utils import parsedate_to_datetime

from virtadmin.websites.check.failure import CheckFailure
from virtadmin.websites.check.stages import Stage

Ranges = Sequence[tuple[int, int]]
BUSY = frozenset({429, 503})
"""Statuses with which a server may say when to come back (RFC 6585 §4, RFC 9110 §15.6.4)."""
DENIED = frozenset({401, 403})


def expected(status: int, ranges: Ranges) -> bool:
    """Whether the status is in one of the ranges; of no ranges, any is."""
    return not ranges or any(first <= status <= last for first, last in ranges)


def unexpected(status: int, phrase: str, ranges: Ranges, *, withheld: bool) -> CheckFailure:
    """The failure of another status. `withheld`: a redirect led elsewhere, so password and headers were not sent."""
    told = f"HTTP {status} {phrase}".strip()
    hint = ""
    if withheld and status in DENIED:
        hint = "Headers and password are not sent where a redirect leads: give the address that it leads to."
    return CheckFailure(Stage.STATUS, f"{told}; expected is {in_words(ranges)}.", hint)


def in_words(ranges: Ranges) -> str:
    """The ranges as people write them: "200-299, 401"."""
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def retry_after(status: int, header: str, now: float) -> float | None:
    """Seconds to leave the server alone, if it says so (RFC 9110 §10.2.3: a number, or a date)."""
    if status not in BUSY or not header:
        return None
    if header.isascii() and header.isdigit():
        return float(header[:9])
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - now)
    except (ValueError, OverflowError, OSError):
        return None
