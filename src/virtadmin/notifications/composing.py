"""A stored notification as channels get it."""

from virtadmin.notifications import rendering
from virtadmin.notifications.channel import Message
from virtadmin.notifications.models import Notification
from virtadmin.notifications.routing import severity_of


def message_of(row: Notification) -> Message:
    """The message of this row, with everything rendered. One query if it belongs to a thread."""
    first = None
    if row.thread:
        earlier = Notification.objects.filter(recipient=row.recipient, thread=row.thread, pk__lt=row.pk).order_by("pk")
        first = earlier.values_list("uid", flat=True).first()
    incident = row.meta.get("incident")
    return Message(
        id=row.pk,
        uid=row.uid,
        recipient=row.recipient,
        level=row.level,
        title=row.title,
        text=row.description,
        html=rendering.html(row.kind, row.title, row.meta, row.recipient.zone),
        link=rendering.link(row.meta),
        timestamp=row.timestamp,
        follows=first,
        meta=row.meta,
        severity=severity_of(row.meta),
        incident=incident if isinstance(incident, int) else None,
        several=len(incidents_of(row)) > 1,
    )


def incidents_of(row: Notification) -> list[int]:
    """The numbers of the incidents that a message tells of together; none for one that tells of one alone."""
    found = row.meta.get("incidents")
    return [pk for pk in found if isinstance(pk, int)] if isinstance(found, list) else []
