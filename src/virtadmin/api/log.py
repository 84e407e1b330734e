"""/api/log/: who changed which object, how and when."""

from typing import Any

import django_filters
from auditlog.models import LogEntry
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from virtadmin.accounts.log import log_visible
from virtadmin.accounts.models import User
from virtadmin.api.resource import Resource

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


class LogResource(ListModelMixin, RetrieveModelMixin, Resource):
    """Changes the caller made, and those of objects they may see; everything for admins. The newest first."""

    queryset = LogEntry.objects.all()
    serializer_class = LogEntrySerializer
    filterset_class = LogFilter
    search_fields = ("object_repr", "actor__username")
    ordering_fields = {name: name for name in ("id", "timestamp", "action")}

    def seen_by(self, user: User) -> QuerySet[LogEntry]:
        return log_visible(user)
