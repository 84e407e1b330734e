"""What is marked on the time axis of charts: /api/server/{id}/marks/, /api/urls/{id}/marks/."""

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from virtadmin.accounts.models import User
from virtadmin.alerting.marks import INCIDENT, SILENCE, marks_between
from virtadmin.alerting.rules.quiet import MAINTENANCE
from virtadmin.alerting.subject import Watched
from virtadmin.api.history import TimeQuery


class MarkSerializer(serializers.Serializer[Any]):
    """An incident, a silence, or one time that a maintenance window was."""

    what = serializers.ChoiceField(choices=[INCIDENT, SILENCE, MAINTENANCE])
    id = serializers.IntegerField(help_text="of the incident, the silence or the maintenance window")
    level = serializers.CharField(allow_blank=True, help_text="of an incident: warning or critical")
    start = serializers.IntegerField(help_text="seconds since 1970")
    end = serializers.IntegerField(allow_null=True, help_text="seconds since 1970; null = it goes on")
    metrics = serializers.ListField(
        child=serializers.CharField(), help_text="series it is about, as their history names them; empty = all"
    )

    def get_fields(self) -> dict[str, Any]:
        # `label` is what every field of the framework has, so it cannot be declared as an attribute
        return {**super().get_fields(), "label": serializers.CharField(help_text="in a few words")}


class MarksSerializer(serializers.Serializer[Any]):
    """What the caller may see of that time, by its beginning; at most 300 of each sort, the newest."""

    marks = MarkSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        ends = {name: serializers.IntegerField(help_text="seconds since 1970") for name in ("from", "to")}
        return {**super().get_fields(), **ends}


def marks_shown(user: User, about: Watched, params: Any) -> dict[str, Any]:
    """The answer about a server or website the user may see, of the shape of `MarksSerializer`."""
    query = TimeQuery(data=params)
    query.is_valid(raise_exception=True)
    start, end = int(query.validated_data["from"]), int(query.validated_data["to"])
    found = marks_between(user, about, *(datetime.fromtimestamp(time, UTC) for time in (start, end)))
    marks = [
        {
            "what": mark.what,
            "id": mark.pk,
            "label": mark.label,
            "level": mark.level,
            "start": int(mark.start.timestamp()),
            "end": None if mark.end is None else int(mark.end.timestamp()),
            "metrics": list(mark.metrics),
        }
        for mark in found
    ]
    return {"from": start, "to": end, "marks": marks}
