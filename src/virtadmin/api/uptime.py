"""/api/urls/{id}/uptime/: how much of each day, month and year a website was up."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rest_framework import serializers

from virtadmin.websites.models import Url
from virtadmin.websites.selectors import url_days
from virtadmin.websites.uptime import Spent, by_day, summed, total

YEAR = timedelta(days=364)
MOST_DAYS = 1830
EARLIEST = date(1970, 1, 1)


class UptimeQuery(serializers.Serializer[Any]):
    """From which day to which, both included; the last 365 days where nothing is said. Days are those of UTC."""

    def get_fields(self) -> dict[str, Any]:
        start = serializers.DateField(required=False, help_text="the first day; 364 days before the last")
        end = serializers.DateField(required=False, help_text="the last day; today")
        return {**super().get_fields(), "from": start, "to": end}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        last: date = attrs.setdefault("to", datetime.now(UTC).date())
        if last < EARLIEST:
            raise serializers.ValidationError({"to": ["It must not be before 1970."]})
        first: date = attrs.setdefault("from", last - YEAR)
        if first > last:
            raise serializers.ValidationError({"from": ["It must not be after `to`."]})
        if (last - first).days >= MOST_DAYS:
            raise serializers.ValidationError({"from": [f"{MOST_DAYS} days at most."]})
        return attrs


class UptimeSpentSerializer(serializers.Serializer[Any]):
    """Seconds that checks stand for."""

    percent = serializers.FloatField(allow_null=True, help_text="up of up + down; null where nothing is known")
    up = serializers.IntegerField()
    down = serializers.IntegerField()
    held = serializers.IntegerField(help_text="down in maintenance, which counts neither way")


class UptimeDaySerializer(UptimeSpentSerializer):
    """Of one day."""

    day = serializers.DateField()


class UptimeMonthSerializer(UptimeSpentSerializer):
    """Of the days of one month that were asked for."""

    month = serializers.CharField(help_text="such as 2026-01")


class UptimeYearSerializer(UptimeSpentSerializer):
    """Of the days of one year that were asked for."""

    year = serializers.CharField()


class UptimeSerializer(UptimeSpentSerializer):
    """Of all the days that were asked for together, and part by part; days of which nothing is known too."""

    days = UptimeDaySerializer(many=True)
    months = UptimeMonthSerializer(many=True)
    years = UptimeYearSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.DateField(), "to": serializers.DateField(), **super().get_fields()}


def uptime_shown(url: Url, query: dict[str, Any]) -> dict[str, Any]:
    """The answer to a valid query, of the shape of `UptimeSerializer`."""
    first, last = query["from"], query["to"]
    days = by_day(url_days(url, first, last), first, last)
    parts = {"days": _parts("day", days), "months": _parts("month", summed(days, 7))}
    years = _parts("year", summed(days, 4))
    return {"from": first, "to": last, **_spent(total(days.values())), **parts, "years": years}


def _parts(name: str, parts: Mapping[str, Spent]) -> list[dict[str, Any]]:
    return [{name: part, **_spent(spent)} for part, spent in parts.items()]


def _spent(spent: Spent) -> dict[str, Any]:
    return {"percent": spent.percent, "up": spent.up, "down": spent.down, "held": spent.held}
