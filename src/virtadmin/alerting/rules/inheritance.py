"""Which limits a server gets of the templates of its tags. Pure.

Where several templates speak of one limit: the server's owner's own come before an admin's; then counts the higher
priority; then the lower value, the one that tells sooner. Where none speaks, it is the default.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.models import DEFAULT_LIMIT, DEFAULT_WINDOW, MAX_WINDOW, Threshold

DEFAULTS = {**dict.fromkeys(LIMITS.names(), DEFAULT_LIMIT), "window": DEFAULT_WINDOW}
RANGES = {**dict.fromkeys(LIMITS.names(), (1, 100)), "window": (0, MAX_WINDOW)}
"""Least and most of what a Threshold and a template hold."""
FIELDS = tuple(DEFAULTS)


class Template(Protocol):
    """What counts of a template, besides its FIELDS."""

    owner_id: int
    priority: int


def inherited(templates: Iterable[Template], owner: int) -> dict[str, int]:
    """The value of each of FIELDS by the templates that are meant for a server of this owner."""
    ranked = list(templates)
    return {name: _strongest(name, ranked, owner, default) for name, default in DEFAULTS.items()}


def to_change(threshold: Threshold, inherits: Mapping[str, int]) -> dict[str, int]:
    """The fields that are to take on what is inherited: all but those a person set, where they differ."""
    own = threshold.overridden
    return {name: value for name, value in inherits.items() if name not in own and getattr(threshold, name) != value}


def _strongest(name: str, templates: list[Template], owner: int, default: int) -> int:
    speaking = [(template, getattr(template, name)) for template in templates]
    ranks = [(one.owner_id != owner, -one.priority, value) for one, value in speaking if value is not None]
    return min(ranks)[2] if ranks else default
