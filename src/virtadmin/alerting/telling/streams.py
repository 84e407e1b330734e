"""In which stream of a person's news something is told. Pure."""

from virtadmin.alerting.judging import HOST_KEY_CHANGED, LOST
from virtadmin.alerting.models import Incident, Telling
from virtadmin.alerting.telling.joining import Stream

What = Telling.What
URL_DOWN, CERTIFICATE = Incident.Kind.URL_DOWN.value, Incident.Kind.CERTIFICATE_EXPIRY.value
STORMY = (LOST, URL_DOWN, CERTIFICATE)
"""The kinds of incident whose news come in storms."""


def stream_of(what: str, incident: Incident) -> tuple[Stream, int]:
    """The stream, and which one of that kind: a server's, an outage's; 0 where there is one alone."""
    is_over = what == What.CLOSED
    if incident.kind == CERTIFICATE:  # a reminder of it says something new: how many days are left
        return (Stream.RENEWED if is_over else Stream.CERTIFICATES), 0
    if what == What.REPEATED:
        return Stream.REMINDERS, 0
    if incident.kind == HOST_KEY_CHANGED:
        return Stream.KEYS, 0
    if incident.outage_id:
        return (Stream.OUTAGE_OVER if is_over else Stream.OUTAGE), incident.outage_id
    if incident.kind == URL_DOWN:
        return (Stream.SITES_BACK if is_over else Stream.SITES), 0
    if incident.kind != LOST:
        return (Stream.RECOVERY if is_over else Stream.SERVER), incident.server_id or 0
    return Stream.REACH, 0
