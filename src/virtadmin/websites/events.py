"""What happens to websites, for higher parts to subscribe to at start-up.

Sent once the transaction that does it is committed, so that what a receiver starts finds it done. A receiver that fails
is logged and hinders no other.
"""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

url_changed = Signal()
"""A website is new, was changed, paused or resumed, or somebody wants it checked now. `url_id`: int."""

url_deleted = Signal()
"""A website is gone. `url_id`: int."""


def after_commit(event: Signal, url_id: int) -> None:
    """Send the event when the transaction under way is committed."""
    transaction.on_commit(partial(event.send_robust, sender=None, url_id=url_id))
