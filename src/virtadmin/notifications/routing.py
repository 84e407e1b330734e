"""Which of a person's channels a message takes, and from when on. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from virtadmin.notifications.models import UserChannel

LEVELS = tuple(UserChannel.Level.values)
"""From the least to the worst."""
CRITICAL = UserChannel.Level.CRITICAL.value
DAYS_AHEAD = 2
"""Within them quiet hours end for certain, whatever clocks do."""
STEP = 6 * 3600
"""Seconds in which clocks are changed once at most."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a person has set for one channel."""

    channel: int
    """The key of the UserChannel."""
    level: str
    zone: ZoneInfo
    tags: frozenset[int] = frozenset()
    """Keys of tags; none = everything."""
    quiet_from: time | None = None
    quiet_until: time | None = None
    quiet_critical: bool = True


@dataclass(frozen=True, slots=True)
class Route:
    """A message takes this channel, not before `due`."""

    channel: int
    due: datetime


def routes(rules: Iterable[Rule], level: str, tags: Collection[int] | None, now: datetime) -> list[Route]:
    """The channels of one person that a message takes.

    `level`: info, warning or critical. `tags`: those of the server or website it is about; None = it is about none.
    """
    return [Route(rule.channel, due(rule, level, now)) for rule in rules if _wants(rule, level, tags)]


def due(rule: Rule, level: str, now: datetime) -> datetime:
    """When a message of this level may go over the channel: now, or when its quiet hours end."""
    if (level == CRITICAL and rule.quiet_critical) or not is_quiet(rule, now):
        return now
    return _quiet_end(rule, now)


def is_quiet(rule: Rule, at: datetime) -> bool:
    """Whether `at` lies in the quiet hours: from `quiet_from` on, up to `quiet_until`, as clocks there show it."""
    if rule.quiet_from is None or rule.quiet_until is None or rule.quiet_from == rule.quiet_until:
        return False
    shown = at.astimezone(rule.zone).time()
    if rule.quiet_from < rule.quiet_until:
        return rule.quiet_from <= shown < rule.quiet_until
    return shown >= rule.quiet_from or shown < rule.quiet_until


def severity_of(meta: Mapping[str, Any]) -> str:
    """The level a message with these facts is routed by."""
    told = meta.get("severity") or meta.get("level", "")
    return str(told) if told in LEVELS else UserChannel.Level.WARNING.value


def _wants(rule: Rule, level: str, tags: Collection[int] | None) -> bool:
    if LEVELS.index(level) < LEVELS.index(rule.level):
        return False
    return tags is None or not rule.tags or not rule.tags.isdisjoint(tags)


def _quiet_end(rule: Rule, now: datetime) -> datetime:
    """The first moment after `now` that is not quiet: a clock there shows `quiet_until`, or clocks are changed."""
    moments = [*_times_shown(rule.quiet_until or time.min, rule.zone, now), *_clock_changes(rule.zone, now)]
    return min(moment for moment in moments if moment > now and not is_quiet(rule, moment))


def _times_shown(clock: time, zone: ZoneInfo, now: datetime) -> Iterator[datetime]:
    """When clocks show this time in the days around `now`: twice on the night they are put back."""
    today = now.astimezone(zone).date()
    for day in range(-1, DAYS_AHEAD + 1):
        for fold in (0, 1):
            yield datetime.combine(today + timedelta(days=day), clock, zone).replace(fold=fold).astimezone(UTC)


def _clock_changes(zone: ZoneInfo, now: datetime) -> Iterator[datetime]:
    """When clocks are put forward or back in the coming days; exact to the second, as such changes are."""
    start = int(now.timestamp())
    for before in range(start, start + DAYS_AHEAD * 86400, STEP):
        low, high = before, before + STEP
        if _offset(zone, low) == _offset(zone, high):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _offset(zone, middle) == _offset(zone, before) else (low, middle)
        yield datetime.fromtimestamp(high, UTC)


def _offset(zone: ZoneInfo, at: int) -> timedelta | None:
    return datetime.fromtimestamp(at, zone).utcoffset()
