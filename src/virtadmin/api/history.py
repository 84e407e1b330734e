"""One series of one server or website over time: /api/server/{id}/history/, /api/urls/{id}/history/."""

import time
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from virtadmin.metrics.series import HISTORY, MOUNT, WEBSITE_HISTORY, series_unit
from virtadmin.metrics.store import MOST_POINTS, history

DAY = 24 * 3600
LATEST = 253_402_300_799
"""The last second of the year 9999, in Unix time."""
LONGEST_PATH = 4096
DECIMALS = 3
"""Of means: as fine as anything is measured."""


@extend_schema_field(OpenApiTypes.STR)
class SeriesName(serializers.ChoiceField):
    """A metric of the catalogue that has a history, or `mount:` and the path of a mount."""

    def to_internal_value(self, data: Any) -> str:
        name = str(data)
        if name.startswith(f"{MOUNT}/") and len(name) <= LONGEST_PATH:
            return name
        return str(super().to_internal_value(data))


@extend_schema_field(OpenApiTypes.STR)
class Moment(serializers.Field[float, Any, float, Any]):
    """A time: seconds since 1970, or ISO 8601 (in the hub's time zone where it names none)."""

    default_error_messages = {"invalid": "Give seconds since 1970, or a time such as 2026-01-31T12:00:00Z."}

    def to_internal_value(self, data: Any) -> float:
        seconds = self._seconds(str(data).strip())
        if not 0 <= seconds <= LATEST:  # false for what is no number, too
            self.fail("invalid")
        return seconds

    @staticmethod
    def _seconds(text: str) -> float:
        try:
            return float(text)
        except ValueError:
            pass
        try:
            moment = parse_datetime(text.replace(" ", "+"))  # a plus sign in a query means a blank
            return float("nan") if moment is None else (make_aware(moment) if is_naive(moment) else moment).timestamp()
        except (ValueError, OverflowError):
            return float("nan")


class TimeQuery(serializers.Serializer[Any]):
    """From when to when; the last 24 hours where nothing is said."""

    def get_fields(self) -> dict[str, Any]:
        start = Moment(required=False, help_text="seconds since 1970 or ISO 8601; 24 hours before the end")
        end = Moment(required=False, help_text="seconds since 1970 or ISO 8601; now")
        return {**super().get_fields(), "from": start, "to": end}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs.setdefault("to", time.time())
        attrs.setdefault("from", max(0.0, attrs["to"] - DAY))
        if attrs["from"] >= attrs["to"]:
            raise serializers.ValidationError({"from": ["It must be before `to`."]})
        return attrs


class HistoryQuery(TimeQuery):
    """And in how many points."""

    points = serializers.IntegerField(
        default=MOST_POINTS, min_value=1, max_value=MOST_POINTS, help_text="at most so many: as wide as a chart is"
    )


class ServerHistoryQuery(HistoryQuery):
    """Which metric of a server."""

    metric = SeriesName(choices=HISTORY, help_text=f"{', '.join(HISTORY)}; or `{MOUNT}/path`: what is used of a mount")


class UrlHistoryQuery(HistoryQuery):
    """Which metric of a website."""

    metric = serializers.ChoiceField(choices=WEBSITE_HISTORY, help_text="of the response time, milliseconds; else %")


class PointSerializer(serializers.Serializer[Any]):
    """One sample, or what several that lie close together have in common."""

    time = serializers.IntegerField(help_text="seconds since 1970")
    value = serializers.FloatField(help_text="the mean")
    min = serializers.FloatField()
    max = serializers.FloatField()


class HistorySerializer(serializers.Serializer[Any]):
    """A metric over time, oldest first, at most 1000 points; where nothing was measured there is no point."""

    metric = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    points = PointSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        ends = {name: serializers.IntegerField(help_text="seconds since 1970") for name in ("from", "to")}
        return {**super().get_fields(), **ends}


def history_shown(subject: int, query: dict[str, Any]) -> dict[str, Any]:
    """The answer to a valid query about a subject of the history store, of the shape of `HistorySerializer`."""
    metric, start, end = query["metric"], int(query["from"]), int(query["to"])
    points = history().range(subject, metric, start, end, query["points"])
    shown = [
        {"time": point.time, "value": round(point.mean, DECIMALS), "min": point.low, "max": point.high}
        for point in points
    ]
    return {"metric": metric, "unit": series_unit(metric), "from": start, "to": end, "points": shown}
