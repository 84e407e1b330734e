"""The newest check of a website, or one that was just tried, as the pages show it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from virtadmin.web.websites.certificate import Card, card
from virtadmin.web.websites.listing import milliseconds
from virtadmin.websites.models import UrlState

WIDTH = 100
LABELS = {
    "dns": "Look up the name",
    "tcp": "Connect",
    "tls": "Agree on encryption",
    "first_byte": "Wait for the first byte",
}
REST, REST_REDIRECTED, REST_FAILED = "Read the page", "Redirects, and reading the page", "Until it failed"
LEAST = 0.05
"""Milliseconds below which what is left over is no phase of its own."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a check; `start` and `width` are hundredths of its whole time."""

    label: str
    text: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Newest:
    """How a check went."""

    status: int | None
    phrase: str
    took: str
    """How long it took, for people; empty when nothing is known."""
    phases: list[Phase]
    address: str
    """The IP address that was asked last."""
    redirects: list[Mapping[str, Any]]
    certificate: Card | None


def newest(state: UrlState, now: datetime) -> Newest:
    """What the state of a website holds of its newest check."""
    known: dict[str, Any] = state.details or {}
    phases, redirects = known.get("phases") or {}, known.get("redirects") or []
    total = phases.get("total")
    return Newest(
        status=state.status_code,
        phrase=state.status_code_message,
        took="" if total is None else milliseconds(total),
        phases=phases_of(phases, rest=_rest(state, redirected=bool(redirects))),
        address=known.get("address") or "",
        redirects=redirects,
        certificate=card(state.certificate, now) if state.certificate else None,
    )


def phases_of(spent: Mapping[str, float], *, rest: str) -> list[Phase]:
    """The parts one after the other; what is left of the whole is the last, called `rest`. Empty where the whole is not
    known."""
    total = spent.get("total")
    if not total:
        return []
    known = [(LABELS[name], spent[name]) for name in LABELS if name in spent]
    left = total - sum(ms for _, ms in known)
    if left >= LEAST:
        known.append((rest, left))
    phases, begun = [], 0.0
    for label, ms in known:
        share = min(WIDTH * ms / total, WIDTH - begun)
        phases.append(Phase(label, milliseconds(ms), round(begun, 2), round(max(share, 0.5), 2)))
        begun += share
    return phases


def _rest(state: UrlState, *, redirected: bool) -> str:
    """What the time was spent with that no phase says."""
    if state.status_code is None:
        return REST_FAILED
    return REST_REDIRECTED if redirected else REST
