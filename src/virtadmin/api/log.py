"""/api/log/: who changed which object, how and when."""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

import django_filters
from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from virtadmin.accounts.models import User
from virtadmin.alerting.rules.maintenance import maintenance_visible
from virtadmin.alerting.rules.recipients import recipients_visible
from virtadmin.alerting.rules.silences import silences_visible
from virtadmin.alerting.rules.threshold_templates import threshold_templates_visible
from virtadmin.alerting.selectors import incidents_visible, thresholds_visible
from virtadmin.api.resource import Resource
from virtadmin.servers.selectors import profiles_visible, servers_visible
from virtadmin.websites.selectors import urls_visible

SEEN: tuple[Callable[[User], QuerySet[Any]], ...] = (
    servers_visible,
    urls_visible,
    profiles_visible,
    thresholds_visible,
    threshold_templates_visible,
    silences_visible,
    maintenance_visible,
    recipients_visible,
    incidents_visible,
)
"""The objects whose changes people may read, as far as they may see them."""
ACTIONS = {number: str(name) for number, name in LogEntry.Action.choices}


class LogEntrySerializer(serializers.ModelSerializer[Any]):
    """One change: of which object, by whom, and each field's value before and after."""

    action = serializers.SerializerMethodField()
    actor = serializers.UUIDField(source="actor.uuid", read_only=True, allow_null=True, help_text="null = the hub")
    actor_name = serializers.CharField(source="actor.username", read_only=True, allow_null=True)
    object_type = serializers.CharField(source="content_type.model", read_only=True)
    object = serializers.CharField(source="object_repr", read_only=True, help_text="its name at that time")
    changes = serializers.DictField(source="changes_dict", read_only=True, help_text="field → [before, after]")

    @extend_schema_field(serializers.ChoiceField(choices=[*ACTIONS.values()]))
    def get_action(self, entry: LogEntry) -> str:
        return ACTIONS[entry.action]

    class Meta:
        model = LogEntry
        fields = ["id", "timestamp", "actor", "actor_name", "action", "object_type", "object_id", "object", "changes"]


class LogFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What `GET /api/log/` can be narrowed by."""

    action = django_filters.ChoiceFilter(choices=[(name, name) for name in ACTIONS.values()], method="of_action")
    actor = django_filters.UUIDFilter(field_name="actor__uuid")
    object_type = django_filters.CharFilter(field_name="content_type__model", lookup_expr="iexact")
    since = django_filters.IsoDateTimeFilter(field_name="timestamp", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="timestamp", lookup_expr="lt")

    class Meta:
        model = LogEntry
        fields = ["object_id"]

    def of_action(self, rows: QuerySet[LogEntry], name: str, value: str) -> QuerySet[LogEntry]:
        return rows.filter(action__in=[number for number, word in ACTIONS.items() if word == value])


def _about(rows: QuerySet[Any]) -> Q:
    """Entries about these objects."""
    model: type[Model] = rows.model
    return Q(content_type=ContentType.objects.get_for_model(model), object_id__in=rows.order_by().values("pk"))


class LogResource(ListModelMixin, RetrieveModelMixin, Resource):
    """Changes the caller made, and those of objects they may see; everything for admins. The newest first."""

    queryset = LogEntry.objects.all()
    serializer_class = LogEntrySerializer
    filterset_class = LogFilter
    search_fields = ("object_repr", "actor__username")
    ordering_fields = {name: name for name in ("id", "timestamp", "action")}

    def seen_by(self, user: User) -> QuerySet[LogEntry]:
        rows: QuerySet[LogEntry] = LogEntry.objects.select_related("actor", "content_type")
        if user.sees_all:
            return rows
        return rows.filter(reduce(or_, (_about(seen(user)) for seen in SEEN), Q(actor=user)))
