"""How long a server's disks and memory last, as a field of the server."""

import time
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from virtadmin.api.strict import Strict
from virtadmin.metrics.capacity import server_capacity
from virtadmin.servers.models import Server


class ForecastSerializer(Strict):
    """When it is full if it goes on as in the last four weeks; all null where the history says nothing certain."""

    days = serializers.FloatField(allow_null=True, help_text="from now")
    soonest = serializers.FloatField(allow_null=True, help_text="days, by the steep end of the 95 % interval")
    latest = serializers.FloatField(allow_null=True, help_text="days, by the flat end; null = beyond five years")
    confidence = serializers.FloatField(allow_null=True, help_text="0.5 to 1: how steadily it grew")


class MountForecastSerializer(ForecastSerializer):
    """Of one mount."""

    mount = serializers.CharField()


class CapacitySerializer(Strict):
    """What runs out when."""

    ram = ForecastSerializer()
    mounts = MountForecastSerializer(many=True)


@extend_schema_field(CapacitySerializer(allow_null=True))
class CapacityField(serializers.Field[Any, Any, Any, Server]):
    """Of one server; in lists it is null, as each costs a look into the history."""

    def __init__(self, **options: Any) -> None:
        super().__init__(source="*", read_only=True, allow_null=True, **options)

    def to_representation(self, value: Server) -> dict[str, Any] | None:
        if isinstance(self.root, serializers.ListSerializer):
            return None
        details = value.state.metrics.get("details", {})
        return server_capacity(value.pk, details, time.time()).as_json()
