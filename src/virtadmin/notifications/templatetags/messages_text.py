"""Figures as people read them: percent, durations, moments."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from virtadmin.notifications.rendering import one_line

register = template.Library()
HEAVIEST = 5
"""Processes that a message names."""
NAME_LENGTH = 32
LEAST_CPU = 1.0
"""Percent of a core below which a process does not explain a busy processor."""
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
def about(hours: float) -> str:
    """Hours as a forecast may say them, no finer than it is: 8.6 → "about 9 hours", 0.4 → "less than an hour"."""
    count, unit = (round(hours), "hour") if hours < 48 else (round(hours / 24), "day")
    return "less than an hour" if hours < 1 else f"about {count} {unit}{'' if count == 1 else 's'}"


@register.filter
def left(seconds: float) -> str:
    """The time until a certificate expires, as one looks at a calendar: "14 days", "20 hours", "less than an hour"."""
    hours = seconds / 3600
    if hours < 1:
        return "less than an hour"
    count, unit = (round(hours), "hour") if hours < 36 else (round(hours / 24), "day")
    return f"{count} {unit}{'' if count == 1 else 's'}"


@register.filter
def moment(text: str) -> str:
    """An ISO 8601 time in the reader's time zone (the one in force): "22 Nov 2026 14:03:05 UTC"."""
    return timezone.localtime(datetime.fromisoformat(text)).strftime("%-d %b %Y %H:%M:%S %Z")


@register.filter
def words(name: str) -> str:
    """A name of code as words: "host_key_changed" → "host key changed"."""
    return name.replace("_", " ")


@register.filter
def heaviest(processes: Iterable[Mapping[str, Any]], metric: str) -> str:
    """The processes that explain the metric, the heaviest first, those of one name together: "mysqld 180 %, php-fpm (3)
    60 %", or for memory "mysqld 1.5 GiB". CPU is in percent of one core."""
    memory = metric == "ram_usage"
    weights: dict[str, list[float]] = defaultdict(list)
    for process in processes:
        weights[_short(process["name"])].append(process["rss_mib" if memory else "cpu_percent"])
    found = sorted(((sum(each), name, len(each)) for name, each in weights.items()), key=lambda one: -one[0])
    shown = [one for one in found if memory or one[0] >= LEAST_CPU][:HEAVIEST] or found[:1]
    return ", ".join(
        f"{name}{f' ({count})' if count > 1 else ''} {_mebibytes(total) if memory else percent(round(total))}"
        for total, name, count in shown
    )


def _short(name: str) -> str:
    line = one_line(name) or "?"
    return line if len(line) <= NAME_LENGTH else line[: NAME_LENGTH - 1] + "…"


def _mebibytes(size: float) -> str:
    return f"{size / 1024:.1f} GiB" if size >= 1024 else f"{size:.0f} MiB"
