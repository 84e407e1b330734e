"""A certificate as people read it: whom it is for, how long it lasts, and what is wrong with it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from virtadmin.web.websites.condition import days_left
from virtadmin.web.websites.listing import SOON

OLD_PROTOCOLS = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1")
FEW = 6
"""Names that are shown at once; the others are folded away."""


@dataclass(frozen=True, slots=True)
class Card:
    """What the card shows. `wrong` are sentences; `used` is how much of its time is over, in percent."""

    subject: str
    issuer: str
    names: list[str]
    more_names: list[str]
    key: str
    protocol: str
    begins: datetime
    expires: datetime
    days_left: int
    used: float
    trusted: bool
    name_matches: bool
    chain_complete: bool
    fingerprint: str
    serial: str
    wrong: list[str]

    @property
    def sign(self) -> str:
        """How it is, by its sign."""
        return "down" if self.wrong else "warning" if self.days_left < SOON else "up"

    @property
    def lasts(self) -> str:
        """Such as "61 days left"."""
        if self.days_left < 0:
            return "over"
        return f"{self.days_left} day{'' if self.days_left == 1 else 's'} left"


def card(known: Mapping[str, Any], now: datetime) -> Card:
    """The card of a stored certificate (`check.outcome.Certificate.as_json`)."""
    begins, expires = (datetime.fromtimestamp(known[name], UTC) for name in ("begins", "expires"))
    names = [str(name) for name in known.get("names") or []]
    whole = max((expires - begins).total_seconds(), 1.0)
    return Card(
        subject=known.get("subject") or "",
        issuer=known.get("issuer") or "",
        names=names[:FEW],
        more_names=names[FEW:],
        key=known.get("key") or "",
        protocol=known.get("protocol") or "",
        begins=begins,
        expires=expires,
        days_left=days_left(expires, now),
        used=round(min(100.0, max(0.0, 100 * (now - begins).total_seconds() / whole)), 1),
        trusted=bool(known.get("trusted")),
        name_matches=bool(known.get("name_matches")),
        chain_complete=bool(known.get("chain_complete")),
        fingerprint=":".join(_pairs(known.get("fingerprint") or "")),
        serial=known.get("serial") or "",
        wrong=list(_wrong(known, begins, expires, now)),
    )


def _wrong(known: Mapping[str, Any], begins: datetime, expires: datetime, now: datetime) -> Iterator[str]:
    if expires <= now:
        yield "It has expired."
    if begins > now:
        yield "It is not valid yet."
    if not known.get("name_matches"):
        yield "It is not for this host's name."
    yield from _untrusted(known, is_its_time=begins <= now < expires)
    if known.get("protocol") in OLD_PROTOCOLS:
        yield f"The server speaks {known['protocol']}, which browsers refuse."


def _untrusted(known: Mapping[str, Any], *, is_its_time: bool) -> Iterator[str]:
    """Why the hub would not trust it, but for its time and names."""
    if known.get("trusted"):
        return
    if known.get("self_signed"):
        yield "It is signed by itself, and nobody vouches for it."
    elif not known.get("chain_complete"):
        yield "The server does not send the whole chain: some programs will not trust it."
    elif is_its_time:
        yield "The hub does not know who issued it."


def _pairs(text: str) -> Iterator[str]:
    return (text[start : start + 2] for start in range(0, len(text), 2))
