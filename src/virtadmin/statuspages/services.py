"""What can be done to status pages. API, admin and pages are doors to these."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction

from virtadmin.accounts.acting import acting
from virtadmin.accounts.models import User
from virtadmin.alerting.rules.ruling import meant_checked
from virtadmin.core.errors import Conflict, InvalidInput, NotAllowed
from virtadmin.core.retrying import retried
from virtadmin.servers.checks import line_checked
from virtadmin.servers.models import Server
from virtadmin.servers.rights import require
from virtadmin.statuspages.checks import intro_checked, slug_checked
from virtadmin.statuspages.models import StatusEntry, StatusPage
from virtadmin.statuspages.published import published_forget
from virtadmin.statuspages.selectors import status_pages_visible
from virtadmin.websites.models import Url

MOST_PAGES, MOST_ENTRIES = 100, 200
"""That a person may have, and that a page may have."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line to be: one of server, website and tag (a name), under a public name."""

    name: str
    url: Url | None = None
    server: Server | None = None
    tag: str = ""


def status_page_create(*, actor: User, **fields: Any) -> StatusPage:
    """Make a page: title, intro (plain text), slug (empty = one nobody guesses), enabled, indexed, and `entries`
    (Entry) in their order. Raises InvalidInput, NotAllowed, Conflict (they have as many as one person may)."""
    require(actor, "statuspages.add_statuspage")
    if StatusPage.objects.filter(owner=actor).count() >= MOST_PAGES:
        raise Conflict(f"You have {MOST_PAGES} status pages, and more nobody may have.")
    with acting(actor):
        return retried(partial(_save, StatusPage(owner=actor), actor, {"title": "", **fields}))


def status_page_update(*, page: StatusPage, actor: User, **fields: Any) -> StatusPage:
    """Change what is given, of the same fields; `entries` are all lines of the page then. Raises InvalidInput,
    NotAllowed."""
    _require(actor, "statuspages.change_statuspage", page)
    with acting(actor):
        return retried(partial(_save, page, actor, fields))


def status_page_delete(*, page: StatusPage, actor: User) -> None:
    """Take the page away; what it showed stays as it is. Raises NotAllowed."""
    _require(actor, "statuspages.delete_statuspage", page)
    slug = page.slug
    with acting(actor):
        page.delete()
    transaction.on_commit(partial(published_forget, slug))


def _require(actor: User, permission: str, page: StatusPage) -> None:
    require(actor, permission)
    if not status_pages_visible(actor).filter(pk=page.pk).exists():
        raise NotAllowed("This status page is somebody else's.")


def _save(page: StatusPage, actor: User, fields: Mapping[str, Any]) -> StatusPage:
    before = page.slug
    for name in fields.keys() - {"entries"}:
        if name not in CHECKS:
            raise InvalidInput(name, "This cannot be changed.")
        setattr(page, name, CHECKS[name](fields[name]))
    if StatusPage.objects.filter(slug=page.slug).exclude(pk=page.pk).exists():
        raise InvalidInput("slug", "There is a status page at this address already.")
    page.save()
    if "entries" in fields:
        _entries_set(page, actor, fields["entries"])
    for slug in {before, page.slug}:
        transaction.on_commit(partial(published_forget, slug))
    return page


def _entries_set(page: StatusPage, actor: User, given: Sequence[Entry]) -> None:
    """Make the page's lines these. A line that stays is changed and not made anew, which the log of changes shows."""
    if len(given) > MOST_ENTRIES:
        raise InvalidInput("entries", f"{MOST_ENTRIES} lines at most; a tag is one line, whatever has it.")
    present = {_subject(entry): entry for entry in page.entries.select_related("tag")}
    wanted = [_checked(page, actor, entry, present) for entry in given]
    if len({_subject(entry) for entry in wanted}) < len(wanted):
        raise InvalidInput("entries", "Each server, website and tag can be on a page once.")
    for entry in present.values():
        if entry not in wanted:
            entry.delete()
    for position, entry in enumerate(wanted):
        entry.position = position
        entry.save()


def _checked(page: StatusPage, actor: User, given: Entry, present: Mapping[Any, StatusEntry]) -> StatusEntry:
    """The line as it is to be stored. Raises InvalidInput on `entries`."""
    try:
        name = line_checked("name", given.name)
        if sum(map(bool, (given.url, given.server, given.tag))) != 1:
            raise InvalidInput("entries", "A line is for a server, a website or a tag: give one of them.")
        entry = present.get(_meant(given)) or _new(page, actor, given)
    except InvalidInput as refusal:
        raise InvalidInput("entries", f"{given.name[:100] or 'A line without a name'}: {refusal.message}") from None
    entry.name = name
    return entry


def _new(page: StatusPage, actor: User, given: Entry) -> StatusEntry:
    """A line for what the page's owner may see, and the actor too."""
    meant_checked(actor, given.server, given.url, given.tag)
    return StatusEntry(page=page, **meant_checked(page.owner, given.server, given.url, given.tag))


def _meant(given: Entry) -> tuple[int | None, int | None, str]:
    return given.url.pk if given.url else None, given.server.pk if given.server else None, given.tag.strip()


def _subject(entry: StatusEntry) -> tuple[int | None, int | None, str]:
    return entry.url_id, entry.server_id, entry.tag.name if entry.tag else ""


CHECKS: dict[str, Callable[[Any], Any]] = {
    "title": lambda title: line_checked("title", title),
    "intro": intro_checked,
    "slug": slug_checked,
    "enabled": bool,
    "indexed": bool,
}
