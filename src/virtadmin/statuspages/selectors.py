"""Reads of status pages: by their makers, limited to what these may see, and by anybody."""

from django.db.models import Prefetch, Q, QuerySet

from virtadmin.accounts.models import User
from virtadmin.alerting.subject import about_visible
from virtadmin.statuspages.models import StatusEntry, StatusPage


def status_pages_visible(user: User) -> QuerySet[StatusPage]:
    """The pages this person made, everybody's for admins and staff, each with its owner and, in `entries`, those of its
    lines that this person may know of. Two queries."""
    rows = StatusPage.objects.select_related("owner")
    rows = rows.prefetch_related(Prefetch("entries", _lines_known(user).select_related("tag")))
    return rows if user.sees_all else rows.filter(owner=user)


def status_entries_visible(user: User) -> QuerySet[StatusEntry]:
    """The lines of these pages."""
    rows = StatusEntry.objects.all()
    return rows if user.sees_all else rows.filter(page__owner=user)


def _lines_known(user: User) -> QuerySet[StatusEntry]:
    """Without those of what this person may not see any more."""
    rows = StatusEntry.objects.order_by("position", "pk")
    return rows if user.sees_all else rows.filter(Q(tag__isnull=False) | about_visible(user))


def page_published(slug: str) -> StatusPage | None:
    """The page that anybody may read under this slug, with its owner; None where there is none, or it is switched off,
    or its owner's account is: one query, and nobody can tell which it was."""
    found = StatusPage.objects.select_related("owner")
    page = found.filter(slug=slug, enabled=True, owner__is_active=True).first()
    return page if page and page.slug == slug else None  # some databases hold A and a for the same
