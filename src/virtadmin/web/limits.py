"""A server's limits as its page shows them, each by itself: its value, where that comes from, and its field."""

from dataclasses import dataclass

from django.forms import BoundField

from virtadmin.alerting.models import Threshold
from virtadmin.alerting.rules.threshold_templates import limit_sources
from virtadmin.web.forms.server import Limits

UNITS = {"window": "s"}
"""Of what is no percentage."""


@dataclass(frozen=True, slots=True)
class ShownLimit:
    """One field of a Threshold."""

    name: str
    value: int
    """What is judged now."""
    source: str
    """Which template or default it comes from; empty = a person set it here."""
    field: BoundField

    @property
    def unit(self) -> str:
        return UNITS.get(self.name, "%")


def shown_limits(threshold: Threshold, form: Limits | None = None) -> dict[str, ShownLimit]:
    """All of them by name; those of a form that was filled in wrongly as they were typed."""
    sources, saved = limit_sources(threshold), Limits.for_threshold(threshold)
    fields = {name: (form if form and name in form.fields else saved)[name] for name in saved.fields}
    return {name: ShownLimit(name, getattr(threshold, name), sources[name], fields[name]) for name in fields}
