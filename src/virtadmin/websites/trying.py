"""One check before anything is saved: what a person would see of a website as they are about to set it."""

import asyncio
import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import BoundedSemaphore
from typing import Any

from virtadmin.accounts.models import User
from virtadmin.core.errors import Conflict
from virtadmin.core.rates import rate_take
from virtadmin.servers.rights import require
from virtadmin.websites.check.checker import Checker
from virtadmin.websites.check.outcome import Outcome, Request
from virtadmin.websites.filling import columns_filled
from virtadmin.websites.models import Url
from virtadmin.websites.requests import request_of
from virtadmin.websites.rights import require_for

LONGEST = 20.0
"""Seconds a try takes at most, whatever time the website is given: somebody waits for it."""
MOST_A_MINUTE = 10
"""Tries of one person."""
AT_ONCE = 8
"""Tries of a process: each keeps a thread of it."""
_places = BoundedSemaphore(AT_ONCE)


def url_try(*, actor: User, url: Url | None = None, **fields: Any) -> Outcome:
    """Check once, as it would be checked with these `fields` (as in `url_create`, `url_update`); nothing is kept.

    `url`: the website they would change; its stored secrets are used where none are given, under the rules they are
    kept by. Waits for the check, at most 20 s: not for an event loop. Raises InvalidInput, NotAllowed, TooOften,
    Conflict (others try just now).
    """
    if url is None:
        require(actor, "websites.add_url")
        tried = Url(owner=actor)
    else:
        require_for(actor, "websites.change_url", url)
        tried = copy.copy(url)
    columns_filled(tried, actor, {name: value for name, value in fields.items() if name not in ("tags", "groups")})
    request = request_of(tried)
    rate_take("try", actor.pk, a_minute=MOST_A_MINUTE)
    with _place():
        return asyncio.run(_checked(replace(request, timeout=min(request.timeout, LONGEST))))


async def _checked(request: Request) -> Outcome:
    checker = Checker()
    try:
        return await checker.check(request)
    finally:
        checker.close()


@contextmanager
def _place() -> Iterator[None]:
    """One of the places for tries of this process."""
    if not _places.acquire(blocking=False):
        raise Conflict("Others are trying websites just now: do it again in a few seconds.")
    try:
        yield
    finally:
        _places.release()
