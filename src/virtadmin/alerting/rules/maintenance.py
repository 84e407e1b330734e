"""Maintenance windows: messages held at times that come again. Checking goes on."""

from collections.abc import Callable
from datetime import date, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from virtadmin.accounts.acting import acting
from virtadmin.accounts.models import User, validate_zone
from virtadmin.alerting.models.quiet import MaintenanceWindow
from virtadmin.alerting.rules.recurrence import MAX_MINUTES, WEEKDAYS, upcoming
from virtadmin.alerting.rules.ruling import meant_changed, meant_of, require_rule, rules_visible
from virtadmin.core.errors import InvalidInput
from virtadmin.servers.checks import line_checked
from virtadmin.servers.rights import require

YEARS = range(2000, 2200)
FIELDS = ["name", "server", "url", "tag", "weekdays", "month_day", "date", "start", "minutes", "zone", "enabled"]
"""What people set of a window, in the order in which forms ask for it."""


def maintenance_visible(user: User) -> QuerySet[MaintenanceWindow]:
    """The windows this person made, and those of what they may see."""
    return rules_visible(MaintenanceWindow.objects.select_related("owner", "server", "url", "tag"), user)


def maintenance_create(*, actor: User, **fields: Any) -> MaintenanceWindow:
    """Make a window: name; server, url or tag (a name), else all that the person owns; zone (empty = the person's);
    one of weekdays (names of `WEEKDAYS`), month_day and date; start; minutes; enabled. Raises InvalidInput, NotAllowed.
    """
    require(actor, "alerting.add_maintenancewindow")
    window = MaintenanceWindow(owner=actor)
    _fill(window, actor, {"name": "", "start": None, "zone": "", **fields})
    with acting(actor):
        window.save()
    return window


def maintenance_update(*, window: MaintenanceWindow, actor: User, **fields: Any) -> MaintenanceWindow:
    """Change what is given, of the same fields. Raises InvalidInput, NotAllowed."""
    require_rule(actor, "alerting.change_maintenancewindow", maintenance_visible(actor), window)
    _fill(window, actor, fields)
    with acting(actor):
        window.save()
    return window


def maintenance_delete(*, window: MaintenanceWindow, actor: User) -> None:
    """Take it away; what it holds is told soon, if it is still open. Raises NotAllowed."""
    require_rule(actor, "alerting.delete_maintenancewindow", maintenance_visible(actor), window)
    with acting(actor):
        window.delete()


def _fill(window: MaintenanceWindow, actor: User, fields: dict[str, Any]) -> None:
    for name, value in meant_changed(actor, window, fields).items():
        setattr(window, name, value)
    for name in fields.keys() - meant_of(window).keys():
        if name not in CHECKS:
            raise InvalidInput(name, "This cannot be changed.")
        setattr(window, name, CHECKS[name](fields[name]))
    window.zone = window.zone or actor.zone.key
    if sum(map(bool, meant_of(window).values())) > 1:
        raise InvalidInput("tag", "Choose a server, a website or a tag, or nothing for all that is yours.")
    _check_days(window)
    if "date" in fields and not upcoming(window.recurrence, timezone.now(), 1):
        raise InvalidInput("date", "This is over already.")


def _check_days(window: MaintenanceWindow) -> None:
    given = [bool(window.weekdays), window.month_day is not None, window.date is not None]
    if sum(given) != 1:
        raise InvalidInput("weekdays", "Choose one: days of the week, a day of the month, or a date.")


def _zone(name: str) -> str:
    try:
        validate_zone(name or "UTC")
    except ValidationError as refusal:
        raise InvalidInput("zone", refusal.messages[0]) from None
    return name


def _weekdays(given: list[str]) -> list[str]:
    for name in given:
        if name not in WEEKDAYS:
            raise InvalidInput("weekdays", f"Days are called {', '.join(WEEKDAYS)}.")
    return [name for name in WEEKDAYS if name in given]


def _month_day(day: int | None) -> int | None:
    if day is not None and not 1 <= day <= 31:
        raise InvalidInput("month_day", "A day of the month is a number from 1 to 31.")
    return day


def _date(day: date | None) -> date | None:
    if day is not None and day.year not in YEARS:
        raise InvalidInput("date", "This is too far away.")
    return day


def _start(start: time | None) -> time:
    if start is None:
        raise InvalidInput("start", "Say when it begins, such as 02:30.")
    return start.replace(tzinfo=None, fold=0)


def _minutes(minutes: int) -> int:
    if not 1 <= minutes <= MAX_MINUTES:
        raise InvalidInput("minutes", f"From 1 to {MAX_MINUTES} minutes, which is a week.")
    return minutes


CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": lambda name: line_checked("name", name),
    "zone": _zone,
    "weekdays": _weekdays,
    "month_day": _month_day,
    "date": _date,
    "start": _start,
    "minutes": _minutes,
    "enabled": bool,
}
