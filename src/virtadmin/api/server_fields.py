"""The fields of a server, as the API shows and takes them."""

from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from rest_framework import serializers

from virtadmin.accounts.models import User
from virtadmin.api.caller import caller
from virtadmin.api.capacity import CapacityField
from virtadmin.api.named import Named
from virtadmin.api.strict import Strict, StrictModel
from virtadmin.metrics.catalogue import CATALOGUE
from virtadmin.servers.checks import PORT_MAX
from virtadmin.servers.models import Server, ServerState
from virtadmin.servers.selectors import servers_visible

STATUSES = [*ServerState.Status.values, "paused"]


class TagNames(serializers.ListField):
    """Names of tags; those that are new are made."""

    child = serializers.CharField(max_length=50)

    def to_representation(self, data: Any) -> list[str]:
        return [tag.name for tag in data.all()]


class SharedGroups(Named):
    """Names of groups it is shared with. Whom the caller may share with is the service's to say."""

    def get_queryset(self) -> QuerySet[Group]:
        user = caller(self.context["request"])
        known = Group.objects.filter(Q(user=user) | self.shared(user)).distinct()
        return Group.objects.all() if user.sees_all else known

    def shared(self, user: User) -> Q:
        """Those that something of this kind, which the user sees, is shared with."""
        return Q(servers__in=servers_visible(user))


class VisibleServer(serializers.PrimaryKeyRelatedField[Server]):
    """The id of a server the caller may see."""

    def get_queryset(self) -> QuerySet[Server]:
        return servers_visible(caller(self.context["request"]))


class MetricsEnabled(serializers.ListField):
    """Names of the catalogue; all but those that are switched off."""

    child = serializers.ChoiceField(choices=CATALOGUE.names())

    def get_attribute(self, instance: Server) -> list[str]:
        return [name for name in CATALOGUE.names() if name not in instance.metrics_disabled]


def _number(name: str, unit: str) -> serializers.FloatField:
    return serializers.FloatField(source=f"state.{name}", read_only=True, allow_null=True, help_text=unit)


def _whole(name: str, unit: str) -> serializers.IntegerField:
    return serializers.IntegerField(source=f"state.{name}", read_only=True, allow_null=True, help_text=unit)


class ServerSerializer(StrictModel):
    """A watched server with its newest metrics."""

    status = serializers.ChoiceField(choices=STATUSES, read_only=True)
    status_reason = serializers.CharField(
        source="state.status_reason", read_only=True, help_text="`<stage>: what happened`; empty while all is well"
    )
    uptime = _whole("uptime", "seconds")
    cpu_usage = _number("cpu_usage", "percent")
    ram_usage = _number("ram_usage", "percent")
    ram_total = _whole("ram_total", "MiB")
    hdd_usage = _number("hdd_usage", "percent of the fullest mount")
    hdd_total = _number("hdd_total", "GiB of that mount")
    network_usage_in = _number("network_usage_in", "Mb/s")
    network_usage_out = _number("network_usage_out", "Mb/s")
    capacity = CapacityField(help_text="what runs out when; null in lists")
    last_update = serializers.DateTimeField(source="state.last_update", read_only=True, allow_null=True)
    metrics_enabled = MetricsEnabled(required=False)
    tags = TagNames(required=False)
    groups = SharedGroups(many=True, slug_field="name", required=False)
    parent = VisibleServer(required=False, allow_null=True)  # type: ignore[assignment]  # a field, not what it sits in
    owner = serializers.UUIDField(source="owner.uuid", read_only=True)
    initial_server_profile = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="the newest one it was enrolled by, while that is kept"
    )

    class Meta:
        model = Server
        fields = [
            "id", "name", "ip_address", "port", "username", "status", "status_reason",
            "uptime", "cpu_usage", "ram_usage", "ram_total", "hdd_usage", "hdd_total",
            "network_usage_in", "network_usage_out", "capacity", "last_update",
            "interval", "enabled", "metrics_enabled", "link_speed", "tags", "groups", "parent",
            "owner", "initial_server_profile",
        ]  # fmt: skip
        read_only_fields = ["ip_address", "port", "username"]


class FingerprintSerializer(Strict):
    """The fingerprint of the server's new host key, as its console shows it."""

    fingerprint = serializers.CharField(max_length=100, help_text="SHA256:…")


class AddressSerializer(Strict):
    """Where a server is now."""

    ip_address = serializers.CharField(max_length=255, help_text="IP address or host name")
    port = serializers.IntegerField(default=22, min_value=1, max_value=PORT_MAX)


class LeftOnHostSerializer(Strict):
    """What a deleted server still has of the hub."""

    left_on_host = serializers.CharField(help_text="what stays there, and the line that removes it")
