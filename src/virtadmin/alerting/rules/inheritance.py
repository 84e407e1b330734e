"""Which limits a server gets of the templates of its tags. Pure.

Where several templates speak of one limit: the server's owner's own come before an admin's; then counts the higher
priority; then the lower value, the one that tells sooner. Where none speaks, it is the default.
"""

from collections.abc import Iterable, Mapping
from operator import itemgetter
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


def inherited_from(templates: Iterable[Template], owner: int) -> dict[str, Template]:
    """Which template each of FIELDS is inherited from; those left out have their default."""
    ranked = list(templates)
    chosen = {name: _speakers(name, ranked, owner) for name in FIELDS}
    return {name: found[0][1] for name, found in chosen.items() if found}


def to_change(threshold: Threshold, inherits: Mapping[str, int]) -> dict[str, int]:
    """The fields that are to take on what is inherited: all but those a person set, where they differ."""
    own = threshold.overridden
    return {name: value for name, value in inherits.items() if name not in own and getattr(threshold, name) != value}


def _strongest(name: str, templates: list[Template], owner: int, default: int) -> int:
    speaking = _speakers(name, templates, owner)
    return getattr(speaking[0][1], name) if speaking else default


def _speakers(name: str, templates: list[Template], owner: int) -> list[tuple[tuple[bool, int, int], Template]]:
    """The templates that say something of it with their rank, the strongest first."""
    values = [(one, getattr(one, name)) for one in templates]
    ranks = [((one.owner_id != owner, -one.priority, value), one) for one, value in values if value is not None]
    return sorted(ranks, key=itemgetter(0))
