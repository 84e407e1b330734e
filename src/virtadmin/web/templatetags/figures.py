"""Bars, signs, times and numbers for templates."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from virtadmin.web import figures, gauge, marks

register = template.Library()
register.filter("percent", figures.percent)
register.filter("rate", figures.rate)
register.filter("short", figures.short)
register.filter("gibibytes", figures.gibibytes)
register.filter("mebibytes", figures.mebibytes)
register.filter("duration", figures.duration)


@register.simple_tag
def bar(shown: gauge.Gauge) -> SafeString:
    """The gauge's bar."""
    return SafeString(gauge.bar(shown))  # nosec B703 # numbers


@register.simple_tag
def cell(shown: gauge.Gauge) -> SafeString:
    """The gauge as a table's cell."""
    return SafeString(gauge.cell(shown))  # nosec B703 # numbers and labels of ours


@register.simple_tag
def moment(time: datetime | None) -> SafeString:
    """A time told by its distance from now."""
    return SafeString(marks.moment_mark(time, timezone.now()))  # nosec B703 # a time


@register.simple_tag
def sign(word: str) -> SafeString:
    """The sign of a condition, a level or a step: words of ours, so there is nothing to escape."""
    return SafeString(marks.sign_mark(word))  # nosec B703 # a word of ours
