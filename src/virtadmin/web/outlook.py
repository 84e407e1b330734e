"""When a disk or the memory is full, in words that say how sure it is. Pure."""

from virtadmin.metrics.trend import Forecast

UNITS = ((365.0, "year"), (30.4, "month"), (7.0, "week"), (1.0, "day"))
FROM = 2.0
"""Of a unit that words are used for: 10 weeks rather than 2 months, 20 days rather than 3 weeks is too fine."""


def outlook(found: Forecast | None) -> str:
    """`Full in about 7 weeks (95 % sure: 5 to 10 weeks).` Empty where nothing can be said."""
    if found is None:
        return ""
    if found.days < 1:
        return "Full within a day, if it goes on like this."
    number, unit = _unit(found.days)
    return f"Full in about {_count(round(found.days / number), unit)} (95 % sure: {_between(found, number, unit)})."


def _between(found: Forecast, number: float, unit: str) -> str:
    soonest = max(1, int(found.soonest / number))
    if found.latest is None:
        return f"not before {_count(soonest, unit)}"
    latest = max(soonest, -int(-found.latest // number))
    return _count(soonest, unit) if latest == soonest else f"{soonest} to {_count(latest, unit)}"


def _unit(days: float) -> tuple[float, str]:
    return next(((number, unit) for number, unit in UNITS if days >= FROM * number), UNITS[-1])


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
