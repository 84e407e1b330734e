"""The newest snapshots of pages, kept in the process for a few seconds together with what was drawn from them: a flood
costs a look into a dictionary."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from django.utils import timezone

from virtadmin.statuspages.models import StatusPage
from virtadmin.statuspages.selectors import page_published
from virtadmin.statuspages.snapshot import Snapshot, snapshot

KEEP_SECONDS = 10.0
MOST = 500
"""Pages that are kept at once."""


@dataclass(frozen=True, slots=True)
class Published:
    """A snapshot, and what was drawn from it, by form."""

    snapshot: Snapshot
    until: float
    drawn: dict[str, bytes] = field(default_factory=dict)

    def body(self, form: str, draw: Callable[[Snapshot], str]) -> bytes:
        """The snapshot in this form; drawn once."""
        if form not in self.drawn:
            self.drawn[form] = draw(self.snapshot).encode()
        return self.drawn[form]


_kept: dict[str, Published] = {}
_turn = threading.Lock()


def published(slug: str) -> Published | None:
    """What anybody may see under this slug, ten seconds old at most; None where there is nothing."""
    found = _kept.get(slug)
    if found and found.until > monotonic():
        return found
    page = page_published(slug)
    if page is None:
        published_forget(slug)
        return None
    return _made(page)


def published_forget(slug: str) -> None:
    """Read it anew the next time. Other processes hear of it when their seconds are over."""
    _kept.pop(slug, None)


def _made(page: StatusPage) -> Published:
    """One at a time: whoever waited has what the other made."""
    with _turn:
        found, now = _kept.get(page.slug), monotonic()
        if found and found.until > now:
            return found
        if len(_kept) >= MOST:
            _kept.clear()
        made = Published(snapshot(page, timezone.now()), now + KEEP_SECONDS)
        _kept[page.slug] = made
        return made
