"""History in a VictoriaMetrics (`HISTORY_URL`), for fleets: it keeps everything as long as it is told to.

Paths and formats: https://docs.victoriametrics.com/single-server-victoriametrics/; `rollup` is of MetricsQL.
"""

import atexit
import gzip
import time
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import orjson
from django.conf import settings

from virtadmin.metrics.observation import Observation
from virtadmin.metrics.thinning import Point, thinned
from virtadmin.metrics.tiers import FINEST, RAW_KEEP
from virtadmin.metrics.victoria.client import Client
from virtadmin.metrics.victoria.names import EVERYTHING, exposition, selector, selectors, subject_label, subject_of
from virtadmin.metrics.victoria.outbox import Outbox

FASTEST = 1
"""Of gzip's levels: it makes a sixth of such text. Pieces put together are one stream (RFC 1952, section 2.2)."""
GOODBYE = 2.0
"""Seconds a process that ends gives to what still waits."""


class VictoriaMetricsStore:
    """Raises HistoryAway where it is asked and the server does not answer; what is written then waits."""

    name = "victoriametrics"

    @cached_property
    def client(self) -> Client:
        """To the server of the settings."""
        return Client(settings.HISTORY_URL)

    @cached_property
    def outbox(self) -> Outbox:
        """What waits to be written."""
        atexit.register(self.close, GOODBYE)
        return Outbox(lambda text: self.client.call("/api/v1/import/prometheus", {}, text))

    def close(self, seconds: float = 0.0) -> None:
        """Send what can be sent in so long a time, and let go of all connections."""
        self.outbox.close(seconds)
        self.client.close()

    def write(self, rows: Iterable[tuple[int, Observation]]) -> None:
        """Put them in the outbox."""
        texts = [exposition(subject, seen) for subject, seen in rows]
        if texts:
            self.outbox.put(len(texts), gzip.compress("".join(texts).encode(), FASTEST))

    def raw(self, subject: int, metric: str, start: float, end: float) -> list[tuple[int, float]]:
        """(Unix second, value), the oldest first."""
        query = {"match[]": selector(subject, metric), "start": _time(start), "end": _time(end)}
        found: dict[int, float] = {}
        for line in self.client.call("/api/v1/export", query).splitlines():
            block = orjson.loads(line)
            found |= {at // 1000: value for at, value in zip(block["timestamps"], block["values"], strict=True)}
        return sorted(found.items())

    def range(self, subject: int, metric: str, start: float, end: float, points: int) -> list[Point]:
        """Single values for as long as the `sql` store has them, else what the server makes of them."""
        if time.time() - start <= RAW_KEEP:
            spans = [(at, 1, value, value, value) for at, value in self.raw(subject, metric, start, end)]
            return thinned(spans, start, end, points)
        step = max(1, -(-int(end - start) // points))
        window = {"start": _time(start + step), "end": _time(max(end, start + step)), "step": f"{step}s"}
        query = {"query": f"rollup({selector(subject, metric)}[{step}s])", **window, "nocache": "1"}
        answer = orjson.loads(self.client.call("/api/v1/query_range", query))
        return _points(answer["data"]["result"], step)

    def trends(
        self, subjects: Iterable[int], metric: str, start: float, end: float
    ) -> dict[int, list[tuple[int, float]]]:
        """By one query for servers and one for websites; the newest stretch is there before it is over."""
        found: dict[int, list[tuple[int, float]]] = {}
        first, last = (int(-(-time // FINEST.step)) * FINEST.step for time in (start, end))
        window = {"start": _time(first + FINEST.step), "end": _time(last), "step": f"{FINEST.step}s", "nocache": "1"}
        for selected in selectors(subjects, metric) if last > first else ():
            query = {"query": f"avg_over_time({selected}[{FINEST.step}s])", **window}
            answer = orjson.loads(self.client.call("/api/v1/query_range", query))
            for one in answer["data"]["result"]:
                points = [(int(at) - FINEST.step, float(value)) for at, value in one["values"]]
                found[subject_of(one["metric"])] = points
        return found

    def forget(self, subject: int) -> None:
        """Have it deleted."""
        self.client.call("/api/v1/admin/tsdb/delete_series", {"match[]": EVERYTHING % subject_label(subject)})

    def roll(self, now: float) -> None:
        """The server does so by itself."""

    def prune(self, now: float) -> int:
        """The server does so by itself (`-retentionPeriod`)."""
        return 0


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def _points(series: list[dict[str, Any]], step: int) -> list[Point]:
    """Of the answer to `rollup`: each value is of the `step` seconds before its time."""
    by_kind = {one["metric"]["rollup"]: {at: float(value) for at, value in one["values"]} for one in series}
    means = by_kind.get("avg", {})
    return [Point(int(at) - step, mean, by_kind["min"][at], by_kind["max"][at]) for at, mean in means.items()]
