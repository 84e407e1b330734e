"""What of status pages the change log keeps: all of it."""

from auditlog.registry import auditlog

from virtadmin.accounts.log import log_shows
from virtadmin.statuspages.models import StatusEntry, StatusPage
from virtadmin.statuspages.selectors import status_entries_visible, status_pages_visible


def register() -> None:
    """Log changes of pages, and of each of their lines."""
    auditlog.register(StatusPage)
    auditlog.register(StatusEntry)
    log_shows(status_pages_visible, status_entries_visible)
