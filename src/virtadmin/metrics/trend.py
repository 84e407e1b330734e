"""When something that grows reaches its end, if it goes on as it does. Pure.

The slope is that of Theil and Sen: the median of the slopes of all pairs of points, which a few odd points do not move;
its interval comes of the variance of Kendall's score (P. K. Sen, "Estimates of the Regression Coefficient Based on
Kendall's Tau", Journal of the American Statistical Association 63 (1968), 1379-1389).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

DAY = 24 * 3600
FEWEST = 24
"""Points that say something."""
SHORTEST = 3 * DAY
"""Seconds from the first to the last of them."""
LEAST_CONFIDENCE = 0.5
FARTHEST = 5 * 365
"""Days ahead; what lies beyond is no news."""
QUANTILE = 1.96
"""Of the normal distribution, for 95 %."""
STEADY = 1 / 3
"""The newer half must grow by this share of the whole's slope at least, or the growth was a step, or is over."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the end is reached, in days from the newest point."""

    days: float
    soonest: float
    """By the steepest slope of the 95 % interval."""
    latest: float | None
    """By the flattest; None = beyond five years."""
    confidence: float
    """Kendall's tau: of all pairs of points, the share that rises less the share that falls; 1 = it never falls."""


def forecast(points: Sequence[tuple[float, float]], end: float, *, shortest: float | None = None) -> Forecast | None:
    """When (Unix seconds, value) points, the oldest first, reach `end`. They must span `shortest` seconds (SHORTEST).

    None rather than a guess: when they are too few or too close together, do not rise beyond doubt, have stopped
    rising, or reach the end in no time worth speaking of.
    """
    if len(points) < FEWEST or points[-1][0] - points[0][0] < (shortest or SHORTEST):
        return None
    slopes = sorted(_slopes(points))
    slope, low, high = median(slopes), *_interval(slopes, len(points))
    confidence = (sum(one > 0 for one in slopes) - sum(one < 0 for one in slopes)) / len(slopes)
    if low <= 0 or confidence < LEAST_CONFIDENCE or _newer_slope(points) < STEADY * slope:
        return None
    left = max(0.0, end - points[-1][1])
    days = left / slope
    if days > FARTHEST:
        return None
    latest = left / low
    return Forecast(days, left / high, latest if latest <= FARTHEST else None, confidence)


def _slopes(points: Sequence[tuple[float, float]]) -> list[float]:
    """Of all pairs, per day."""
    pairs = combinations(points, 2)
    return [(later[1] - early[1]) / (later[0] - early[0]) * DAY for early, later in pairs if later[0] > early[0]]


def _newer_slope(points: Sequence[tuple[float, float]]) -> float:
    return median(_slopes(points[len(points) // 2 :]))


def _interval(slopes: list[float], count: int) -> tuple[float, float]:
    """The 95 % interval of the slope, of the sorted slopes of all pairs of so many points."""
    spread = QUANTILE * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    below = max(0, math.floor((len(slopes) - spread) / 2))
    above = min(len(slopes) - 1, math.ceil((len(slopes) + spread) / 2))
    return slopes[below], slopes[above]
