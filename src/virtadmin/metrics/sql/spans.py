"""Reading points of one series, raw and rolled."""

from collections import defaultdict
from collections.abc import Iterable

from virtadmin.metrics.models import RawPoint, RolledPoint
from virtadmin.metrics.packing import unpack_mounts, unpack_series
from virtadmin.metrics.series import Key, scale
from virtadmin.metrics.sql.statements import batches, places, quoted, selected
from virtadmin.metrics.thinning import Span
from virtadmin.metrics.tiers import FINEST, Segment, Tier

MANY_SUBJECTS = 500
"""Subjects a query: few enough parameters for every database."""


def raw_values(subject: int, key: Key, start: float, end: float) -> list[tuple[int, float]]:
    """(time, value) of the raw points in start ≤ time ≤ end that have the series, the oldest first."""
    column = key if isinstance(key, str) else "mounts"
    where = f"subject = %s AND time >= %s AND time <= %s AND {quoted([column])} IS NOT NULL"
    rows = selected(RawPoint, ("time", column), where, quoted(["time"]), (subject, start, end))
    if isinstance(key, str):
        return rows
    parts = scale(key)
    used = ((time, dict(reversed(unpack_mounts(packed))).get(key)) for time, packed in rows)
    return [(time, value / parts) for time, value in used if value is not None]


def spans(subject: int, key: Key, segment: Segment) -> list[Span]:
    """The series' points in a part of a query."""
    if segment.tier is None:
        found = raw_values(subject, key, segment.start, segment.end - 1)
        return [(time, 1, value, value, value) for time, value in found]
    return _rolled(subject, key, segment.tier, segment)


def trends(subjects: Iterable[int], key: Key, start: float, end: float) -> dict[int, list[tuple[int, float]]]:
    """(beginning, mean) of each stretch of the finest tier, by subject."""
    found: dict[int, list[tuple[int, float]]] = defaultdict(list)
    first, last = (int(-(-time // FINEST.step)) for time in (start, end))
    parts, order = scale(key), quoted(["subject", "bucket"])
    for some in batches(sorted(subjects), MANY_SUBJECTS):
        where = f"subject IN ({places(len(some))}) AND tier = %s AND bucket >= %s AND bucket < %s"
        rows = selected(RolledPoint, ("subject", "bucket", "data"), where, order, (*some, FINEST.number, first, last))
        marked = (((subject, bucket), data) for subject, bucket, data in rows)
        for (subject, bucket), (samples, total, _, _) in unpack_series(marked, key):
            found[subject].append((bucket * FINEST.step, total / samples / parts))
    return found


def _rolled(subject: int, key: Key, tier: Tier, segment: Segment) -> list[Span]:
    where = "subject = %s AND tier = %s AND bucket >= %s AND bucket < %s"
    given = (subject, tier.number, segment.start // tier.step, segment.end // tier.step)
    rows = selected(RolledPoint, ("bucket", "data"), where, "bucket", given)
    parts, step = scale(key), tier.step
    return [
        (bucket * step, samples, total / parts, low / parts, high / parts)
        for bucket, (samples, total, low, high) in unpack_series(rows, key)
    ]
