"""Words of incidents and of what holds them, for templates."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone

from virtadmin.alerting.models import Incident
from virtadmin.alerting.rules.quiet import Hold
from virtadmin.web import incidents

register = template.Library()


@register.filter
def held_until(hold: Hold, zone: ZoneInfo) -> str:
    """How long nobody is told."""
    return incidents.until(hold, timezone.now(), zone)


@register.filter
def clock(moment: datetime, zone: ZoneInfo) -> str:
    """A time as a clock and a calendar there show it: "Sun 29 Nov 02:30 CET"."""
    return f"{moment.astimezone(zone):%a %-d %b %H:%M %Z}"


@register.filter
def kind_word(kind: str) -> str:
    """What a kind of incident is called."""
    return str(Incident.Kind(kind).label)
