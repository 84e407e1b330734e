"""Charts as the catalogue groups metrics: what `static/web/charts.js` draws, and what is read without scripts."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from virtadmin.metrics.catalogue import Draw, Kind, Metric
from virtadmin.metrics.errors import HistoryAway
from virtadmin.metrics.series import MOUNT, MOUNT_UNIT, mounts_used
from virtadmin.metrics.store import MOST_POINTS, history
from virtadmin.web import figures
from virtadmin.web.spans import Span

MOST_MOUNTS = 16
"""Mounts that have a chart: the fullest."""


@dataclass(frozen=True, slots=True)
class Line:
    """One series of a chart, with its numbers over the time shown where they were asked for."""

    metric: str
    label: str
    draw: str
    numbers: tuple[str, str, str] | None = None
    """The least, the mean, the most."""


@dataclass(frozen=True, slots=True)
class Chart:
    """What shares an axis."""

    key: str
    title: str
    unit: str
    kind: str
    lines: tuple[Line, ...]
    help: str = ""
    top: float | None = None
    """Where the axis ends, if that is known."""
    limits: tuple[Any, ...] = ()
    """The fields of a Threshold that limit something in it, or what a page makes of them."""
    note: str = ""
    """What is to be said beside it."""

    @property
    def series(self) -> str:
        """The lines for the script, as JSON."""
        return json.dumps([{"metric": line.metric, "label": line.label, "draw": line.draw} for line in self.lines])


def charts_of(catalogue: Iterable[Metric], present: Collection[str]) -> list[Chart]:
    """One chart for each title in the catalogue of which there is a metric, in its order."""
    titled: dict[str, list[Metric]] = {}
    for metric in catalogue:
        if metric.chart and metric.name in present:
            titled.setdefault(metric.chart, []).append(metric)
    return [_chart(title, metrics) for title, metrics in titled.items()]


def mount_charts(mounts: Iterable[dict[str, Any]]) -> list[Chart]:
    """What is used of each mount, up to its size; `mounts` as an observation's details list them."""
    listed = [mount for mount in mounts if mount.get("used") is not None][:MOST_MOUNTS]
    return [
        Chart(
            key=f"mount-{number}",
            title=mount["mount"],
            unit=MOUNT_UNIT,
            kind=Kind.SIZE,
            lines=(Line(MOUNT + mount["mount"], "Used", Draw.AREA),),
            top=round(mount["used"] + (mount["available"] or 0.0), 3) or None,
        )
        for number, mount in enumerate(listed)
    ]


def with_numbers(charts: Iterable[Chart], subject: int, span: Span) -> list[Chart]:
    """The charts with the least, the mean and the most of each line: for those who read without scripts.

    A look into the history for every line, which is why pages do not do it unasked for long ranges.
    """
    return [
        replace(chart, lines=tuple(replace(line, numbers=_numbers(chart, line, subject, span)) for line in chart.lines))
        for chart in charts
    ]


def newest_of(observed: dict[str, Any]) -> str:
    """An observation (as `Observation.as_json()` gives it) for the script to add to its charts, as JSON; empty = none.

    The page's live fragment carries it as `data-newest`: so new points cost no request of their own.
    """
    if "time" not in observed:
        return ""
    mounts = {MOUNT + path: used for path, used in mounts_used(observed.get("details", {}))}
    return json.dumps({"time": int(observed["time"]), **observed.get("values", {}), **mounts})


def _chart(title: str, metrics: list[Metric]) -> Chart:
    first = metrics[0]
    return Chart(
        key=title.lower().replace(" ", "-"),
        title=title,
        unit=first.unit,
        kind=first.kind,
        lines=tuple(Line(metric.name, metric.label, metric.draw) for metric in metrics),
        help=" ".join(dict.fromkeys(metric.help for metric in metrics)),
        limits=tuple(metric.threshold for metric in metrics if metric.threshold),
    )


def _numbers(chart: Chart, line: Line, subject: int, span: Span) -> tuple[str, str, str]:
    try:
        points = history().range(subject, line.metric, *span.shown, MOST_POINTS)
    except HistoryAway:
        points = []
    if not points:
        return (figures.ABSENT,) * 3
    mean = sum(point.mean for point in points) / len(points)
    found = (min(point.low for point in points), mean, max(point.high for point in points))
    least, middle, most = (figures.figure(value, chart.kind, chart.unit) for value in found)
    return least, middle, most
