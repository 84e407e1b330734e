"""Bars, times and numbers for templates. Bars are SVG attributes: our content policy allows no inline style."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from virtadmin.web import figures
from virtadmin.web.rows import Gauge

register = template.Library()
register.filter("percent", figures.percent)
register.filter("rate", figures.rate)
register.filter("short", figures.short)
register.filter("mebibytes", figures.mebibytes)
register.filter("gibibytes", figures.gibibytes)
register.filter("duration", figures.duration)


@register.simple_tag
def bar(gauge: Gauge) -> SafeString:
    """The gauge's bar with a mark at its limit. Its number stands beside it, so it says nothing to screen readers."""
    if gauge.value is None:
        return mark_safe('<svg class="bar none" aria-hidden="true"></svg>')
    width = max(0.0, min(100.0, gauge.value))
    mark = f'<path d="M{gauge.limit:g} 0V6"/>' if gauge.limit is not None else ""
    return mark_safe(  # only numbers go in  # noqa: S308
        f'<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{width:.1f}" height="6"/>{mark}</svg>'
    )


@register.simple_tag
def cell(gauge: Gauge) -> SafeString:
    """The gauge as a cell of the list: its number, marked when over the limit, and its bar."""
    over = ' over"><b>' if gauge.over else '"><b>'
    return SafeString(f'<td class="n {gauge.label.lower()}{over}{gauge.text}</b>{bar(gauge)}</td>')


@register.simple_tag
def moment(time: datetime | None) -> SafeString:
    """A time told by its distance from now, exact on hover; the page's script keeps it going."""
    if time is None:
        return SafeString("never")
    local = timezone.localtime(time)
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>',
        time.isoformat(timespec="seconds"), f"{local:%Y-%m-%d %H:%M:%S %Z}", figures.ago(time, timezone.now()),
    )  # fmt: skip


@register.simple_tag
def sign(condition: str) -> SafeString:
    """The sign of a condition: a shape of its own for each, from one file of shapes."""
    return format_html('<svg class="sign {0}" aria-hidden="true"><use href="#sign-{0}"/></svg>', condition)
