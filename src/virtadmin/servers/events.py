"""What happens to servers, for higher parts to subscribe to at start-up. Sent inside the transaction that does it."""

from django.dispatch import Signal

server_enrolled = Signal()
"""A server's enrolment succeeded. `server`: Server; `created`: whether it is new (else it was repaired)."""

server_removed = Signal()
"""A server's row is about to be deleted. `server`: Server."""
