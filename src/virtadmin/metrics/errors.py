"""What can go wrong with the history."""

from virtadmin.core.errors import VirtadminError


class HistoryAway(VirtadminError):
    """The history store cannot be asked now; the message says what happened."""


class HistoryRefused(HistoryAway):
    """The history store does not take this, now or later."""
