"""A share of something with its limit, drawn as a bar. Bars are SVG attributes: our pages allow no inline style."""

from dataclasses import dataclass

from virtadmin.web import figures

LIMITED_LABELS = {"cpu_usage": "CPU", "ram_usage": "Memory", "hdd_usage": "Disk"}
"""The headline gauges by their column, and limit, of that name."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """`value` and `limit` in percent; None = not known. Label and text are ours, never a person's."""

    label: str
    text: str
    value: float | None = None
    limit: float | None = None
    over: bool = False


def share(label: str, value: float | None, limit: float | None = None, *, over: bool = False) -> Gauge:
    """A gauge that is its own percentage."""
    return Gauge(label, figures.percent(value), value, limit, over)


def bar(gauge: Gauge) -> str:
    """The bar with a mark at the limit, as markup. Its number stands beside it, so screen readers skip it."""
    if gauge.value is None:
        return '<svg class="bar none" aria-hidden="true"></svg>'
    width = max(0.0, min(100.0, gauge.value))
    mark = f'<path d="M{gauge.limit:g} 0V6"/>' if gauge.limit is not None else ""
    return (
        '<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{width:.1f}" height="6"/>{mark}</svg>'
    )


def cell(gauge: Gauge) -> str:
    """The gauge as a table's cell, as markup: its number, marked when over the limit, and its bar."""
    over = " over" if gauge.over else ""
    return f'<td class="n {gauge.label.lower()}{over}"><b>{gauge.text}</b>{bar(gauge)}</td>'
