"""/api/server/{id}/history/: one metric of one server over time."""

import time
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from virtadmin.metrics.catalogue import CATALOGUE
from virtadmin.metrics.store import history

MOST_POINTS = 1000
DAY = 24 * 3600
LATEST = 253_402_300_799
"""The last second of the year 9999, in Unix time."""
Points = Sequence[tuple[int, float]]


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


class HistoryQuery(serializers.Serializer[Any]):
    """Which metric, from when to when; the last 24 hours where nothing is said."""

    metric = serializers.ChoiceField(choices=[metric.name for metric in CATALOGUE if metric.headline])

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


def server_history(server_id: int, query: dict[str, Any]) -> dict[str, Any]:
    """The answer to a valid query, of the shape of `HistorySerializer`."""
    metric, start, end = query["metric"], int(query["from"]), int(query["to"])
    points = thinned(history().raw(server_id, metric, start, end + 1), start, end)
    return {"metric": metric, "unit": CATALOGUE[metric].unit, "from": start, "to": end, "points": points}


def thinned(points: Points, start: float, end: float, most: int = MOST_POINTS) -> list[dict[str, float]]:
    """At most `most` points: as they are if they are few, else one for each of `most` equal parts of the time.

    A part with no sample has no point, so gaps stay gaps; peaks survive as `min` and `max`.
    """
    if len(points) <= most:
        parts = [[point] for point in points]
    else:
        width = (end - start) / most
        numbered = [(min(int((point[0] - start) / width), most - 1), point) for point in points]
        parts = [[point for _, point in part] for _, part in groupby(numbered, key=itemgetter(0))]
    return [_joined([value for _, value in part], part[0][0]) for part in parts]


def _joined(values: list[float], moment: float) -> dict[str, float]:
    return {"time": int(moment), "value": sum(values) / len(values), "min": min(values), "max": max(values)}
