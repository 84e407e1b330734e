"""Summing up what was written, tier by tier.

Every rolled point is computed anew from all that lies beneath it, so doing it twice changes nothing, and when it is
broken off the next run does that part again. Nothing is locked: a point that is written meanwhile is found by the next
run, which begins `OVERLAP` earlier than this one ended, or, if the point itself was late, by its note (`LatePoint`).
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

from django.db.models import Min

from virtadmin.metrics.models import LatePoint, RawPoint, RolledPoint, RollProgress
from virtadmin.metrics.packing import SLOTS, pack, unpack, unpack_mounts
from virtadmin.metrics.series import LARGEST, Key, scale
from virtadmin.metrics.sql.statements import batches, places, quoted, rolled_write, selected, subjects
from virtadmin.metrics.summary import Summary, joined, summary
from virtadmin.metrics.tiers import FINEST, HOUR, PRUNE_AFTER, TIERS, Tier

LATE = 60
"""Seconds from an observation to its writing from which on it leaves a note."""
OVERLAP = 300
"""Seconds that each run looks back: LATE, and four minutes for a transaction to end."""
BATCH = 50
"""Subjects at a time: at most 36,000 raw points are in memory (an hour at 5 s)."""
NOTES = 500
"""Late points at a time."""
COLUMNS = [(name, scale(name), LARGEST / scale(name)) for name in SLOTS]
"""Of raw points: name, parts of a unit to count in, and beyond what a value is none (NaN and infinity are)."""
Rows = dict[tuple[int, int], tuple[int, dict[Key, Summary]]]
"""By subject and bucket: how many samples, and the summaries of their series."""


def roll(now: float) -> int:
    """Sum up all that is over at `now`; returns up to when that is, in Unix seconds."""
    until, rolled = FINEST.begin(now), rolled_until()
    at = _first(until) if rolled is None else rolled - OVERLAP
    if at >= until:
        at = until - HOUR  # the clock was set back: more was written since the last run than times tell
    if until - at > PRUNE_AFTER:
        at = max(at, _first(until))  # the hub was off for days
    while at < until:
        end = min(until, at // HOUR * HOUR + HOUR)
        for some in batches(subjects(RawPoint), BATCH):
            _roll_stretch(some, at, end, closed=end)
        RollProgress.objects.update_or_create(pk=1, defaults={"rolled": end})
        at = end
    _roll_late(until)
    return until


def rolled_until() -> int | None:
    """Up to when everything is rolled up, Unix seconds; None = nothing ever was."""
    return RollProgress.objects.values_list("rolled", flat=True).first()


def _first(until: int) -> int:
    """Where the oldest raw point is. Reads them all."""
    oldest = RawPoint.objects.aggregate(oldest=Min("time"))["oldest"]
    return until if oldest is None else FINEST.begin(oldest)


def _roll_late(until: int) -> None:
    newest = LatePoint.objects.order_by("pk").values_list("pk", flat=True).last()
    notes = LatePoint.objects.filter(pk__lte=newest or 0).order_by("pk")
    while some := list(notes.values_list("pk", "subject", "time")[:NOTES]):
        hours: dict[int, set[int]] = defaultdict(set)
        for _, subject, time in some:
            hours[time // HOUR * HOUR].add(subject)
        for hour, late in hours.items():
            for few in batches(sorted(late), BATCH):
                _roll_stretch(few, hour, min(hour + HOUR, until), closed=until)
        LatePoint.objects.filter(pk__in=[pk for pk, _, _ in some]).delete()


def _roll_stretch(some: list[int], start: int, end: int, *, closed: int) -> None:
    """Roll these subjects' points of start ≤ time < end up through all tiers, as far as stretches end by `closed`."""
    _write(FINEST, _summed_raw(some, start, end))
    for finer, tier in pairwise(TIERS):
        begin, last = tier.begin(start), min(tier.begin(end - 1) + tier.step, tier.begin(closed))
        if begin < last:
            _write(tier, _summed(some, finer, tier, begin, last))


def _write(tier: Tier, rows: Rows) -> None:
    rolled_write([(subject, tier.number, bucket, pack(*of)) for (subject, bucket), of in rows.items()])


def _summed_raw(some: list[int], start: int, end: int) -> Rows:
    columns = ("subject", "time", "mounts", *SLOTS)
    where = f"subject IN ({places(len(some))}) AND time >= %s AND time < %s"
    points = selected(RawPoint, columns, where, "subject, time", (*some, start, end))
    parts = groupby(points, key=lambda point: (point[0], point[1] // FINEST.step))
    return {place: _summary_of_points(list(rows)) for place, rows in parts}


def _summary_of_points(points: list[Any]) -> tuple[int, dict[Key, Summary]]:
    _, _, mounts, *columns = zip(*points, strict=True)
    found: dict[Key, Summary] = {}
    for (name, parts, bound), column in zip(COLUMNS, columns, strict=True):
        if values := [round(value * parts) for value in column if value is not None and -bound < value < bound]:
            found[name] = summary(values)
    used: dict[int, list[int]] = defaultdict(list)
    for packed in filter(None, mounts):
        for key, value in dict(reversed(unpack_mounts(packed))).items():
            used[key].append(value)
    return len(points), found | {key: summary(values) for key, values in used.items()}


def _summed(some: list[int], finer: Tier, tier: Tier, start: int, end: int) -> Rows:
    where = f"tier = %s AND subject IN ({places(len(some))}) AND bucket >= %s AND bucket < %s"
    given = (finer.number, *some, start // finer.step, end // finer.step)
    rows = selected(RolledPoint, ("subject", "bucket", "data"), where, quoted(["subject", "bucket"]), given)
    many = tier.step // finer.step
    parts = groupby(rows, key=lambda row: (row[0], row[1] // many))
    return {place: _joined(map(itemgetter(2), rows)) for place, rows in parts}


def _joined(rows: Iterable[bytes]) -> tuple[int, dict[Key, Summary]]:
    total, found = 0, defaultdict(list)
    for count, summaries in map(unpack, rows):
        total += count
        for key, of in summaries.items():
            found[key].append(of)
    return total, {key: joined(some) for key, some in found.items()}
