"""Reading points of one series, raw and rolled."""

from virtadmin.metrics.models import RawPoint, RolledPoint
from virtadmin.metrics.packing import unpack_mounts, unpack_series
from virtadmin.metrics.series import Key, scale
from virtadmin.metrics.sql.statements import quoted, selected
from virtadmin.metrics.thinning import Span
from virtadmin.metrics.tiers import Segment, Tier


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


def _rolled(subject: int, key: Key, tier: Tier, segment: Segment) -> list[Span]:
    where = "subject = %s AND tier = %s AND bucket >= %s AND bucket < %s"
    given = (subject, tier.number, segment.start // tier.step, segment.end // tier.step)
    rows = selected(RolledPoint, ("bucket", "data"), where, "bucket", given)
    parts, step = scale(key), tier.step
    return [
        (bucket * step, samples, total / parts, low / parts, high / parts)
        for bucket, (samples, total, low, high) in unpack_series(rows, key)
    ]
