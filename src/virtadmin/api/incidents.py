"""/api/incidents/: from a limit crossed, a server lost, or a website down, to its recovery."""

from collections.abc import Sequence
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from virtadmin.accounts.models import User
from virtadmin.alerting import services
from virtadmin.alerting.models import Incident
from virtadmin.alerting.rules.quiet import MAINTENANCE, SILENCED, holds
from virtadmin.alerting.rules.silences import HOUR, incident_silence
from virtadmin.alerting.selectors import incidents_visible
from virtadmin.api.caller import caller
from virtadmin.api.resource import Resource
from virtadmin.api.silences import SilenceSerializer
from virtadmin.api.strict import Strict, StrictModel


class HoldSerializer(Strict):
    """Why nobody is told of it now, and until when."""

    why = serializers.ChoiceField(choices=[SILENCED, MAINTENANCE])
    until = serializers.DateTimeField(allow_null=True, help_text="null = until somebody ends it")


class IncidentSerializer(StrictModel):
    """From a limit crossed, a server lost, or a website down, to its recovery. `server` or `url` says which one."""

    open = serializers.SerializerMethodField()
    acknowledged_by = serializers.UUIDField(source="acknowledged_by.uuid", read_only=True, allow_null=True)
    held = HoldSerializer(read_only=True, allow_null=True, help_text="null for what is told, and for what is over")
    context = serializers.DictField(  # type: ignore[assignment]  # a field here, not what the class has
        read_only=True,
        help_text="what was seen then: the heaviest processes, a website's status, when a certificate expires",
    )

    class Meta:
        model = Incident
        fields = [
            "id", "server", "url", "kind", "level", "open", "opened", "closed", "limit", "value", "peak", "window",
            "place", "stage", "reason", "hint", "ending", "acknowledged", "acknowledged_by", "held", "context",
        ]  # fmt: skip
        extra_kwargs = {
            "value": {
                "help_text": "percent at the newest change of level; of a forecast hours, of a certificate days left"
            },
            "server": {"help_text": "null for what is about a website"},
            "url": {"help_text": "the website; null for what is about a server"},
        }

    def get_open(self, incident: Incident) -> bool:
        return incident.open_key is not None


class SecondsSerializer(Strict):
    """For how long."""

    seconds = serializers.IntegerField(
        default=HOUR, allow_null=True, min_value=60, help_text="null = until somebody ends it"
    )


class IncidentFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What `GET /api/incidents/` can be narrowed by."""

    open = django_filters.BooleanFilter(field_name="open_key", lookup_expr="isnull", exclude=True)
    acknowledged = django_filters.BooleanFilter(field_name="acknowledged", lookup_expr="isnull", exclude=True)
    since = django_filters.IsoDateTimeFilter(field_name="opened", lookup_expr="gte")

    class Meta:
        model = Incident
        fields = ["kind", "level", "server", "url"]


class IncidentResource(ListModelMixin, RetrieveModelMixin, Resource):
    """The incidents of the servers and websites the caller may see, the newest first."""

    queryset = Incident.objects.all()
    serializer_class = IncidentSerializer
    filterset_class = IncidentFilter
    verbs = {"acknowledge": "change", "unacknowledge": "change", "silence": "change"}
    search_fields = ("server__name", "server__ip_address", "url__name", "url__uri", "reason", "place")
    ordering_fields = {name: name for name in ("id", "opened", "closed", "level", "kind")} | {"server": "server__name"}

    def seen_by(self, user: User) -> QuerySet[Incident]:
        return incidents_visible(user).select_related("acknowledged_by")

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """With what holds the messages of each, found for all at once."""
        rows = args[0] if args else []
        _find_holds(rows if kwargs.get("many") else [rows] if isinstance(rows, Incident) else [])
        return super().get_serializer(*args, **kwargs)

    @extend_schema(request=None, responses=IncidentSerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: int) -> Response:
        """Say that somebody looks after it: it is not repeated any more."""
        incident = self.get_object()
        services.incident_acknowledge(incident=incident, actor=caller(request))
        return self.shown(incident)

    @extend_schema(responses={200: IncidentSerializer})
    @acknowledge.mapping.delete
    def unacknowledge(self, request: Request, pk: int) -> Response:
        """Take that back."""
        incident = self.get_object()
        services.incident_unacknowledge(incident=incident, actor=caller(request))
        return self.shown(incident)

    @extend_schema(request=SecondsSerializer, responses={201: SilenceSerializer})
    @action(detail=True, methods=["post"], serializer_class=SecondsSerializer)
    def silence(self, request: Request, pk: int) -> Response:
        """Hold the messages of this kind on this server or website for a while; what is open then is told then."""
        incident = self.get_object()
        made = incident_silence(incident=incident, actor=caller(request), **self.checked(request))
        return Response(SilenceSerializer(made, context=self.get_serializer_context()).data, status=201)


def _find_holds(incidents: Sequence[Incident]) -> None:
    waiting = {row.pk: (row.subject, row.kind) for row in incidents if row.open_key}
    found = holds([*waiting.values()], timezone.now())
    for row in incidents:
        row.held = found.get(waiting[row.pk]) if row.pk in waiting else None  # type: ignore[attr-defined]  # for the answer
