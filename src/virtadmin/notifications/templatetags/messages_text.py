"""Figures as people read them: percent, durations, moments."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings

register = template.Library()
UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


@register.filter
def percent(value: float) -> str:
    """97.0 → "97 %", 97.25 → "97.2 %"."""
    return f"{value:.1f}".removesuffix(".0") + " %"


@register.filter
def duration(seconds: float) -> str:
    """Seconds in the two largest units that matter: 4000 → "1 h 6 min", 300 → "5 min"."""
    left, parts = max(0, round(seconds)), []
    for name, size in UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}")
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts) or "0 s"


@register.filter
def moment(text: str) -> str:
    """An ISO 8601 time in the hub's time zone: "22 Nov 2026 14:03:05 UTC"."""
    return datetime.fromisoformat(text).astimezone(ZoneInfo(settings.TIME_ZONE)).strftime("%-d %b %Y %H:%M:%S %Z")


@register.filter
def words(name: str) -> str:
    """A name of code as words: "host_key_changed" → "host key changed"."""
    return name.replace("_", " ")
