"""/api/maintenance/: times that come again at which messages are held."""

from datetime import datetime
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from virtadmin.accounts.models import User
from virtadmin.alerting.models import MaintenanceWindow
from virtadmin.alerting.rules import maintenance
from virtadmin.alerting.rules.recurrence import WEEKDAYS, active, upcoming
from virtadmin.api import rule_fields
from virtadmin.api.caller import caller
from virtadmin.api.resource import Resource
from virtadmin.api.strict import Strict, StrictModel

SHOWN = 3


class OccurrenceSerializer(Strict):
    """One time it is; `start` belongs to it, `end` does not."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


@extend_schema_field({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "example": "02:30"})
class WallTime(serializers.TimeField):
    """What a clock on the wall there shows: hours and minutes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%H:%M", input_formats=["%H:%M"], **options)


class MaintenanceSerializer(StrictModel):
    """Holds messages of a server and its websites, of a website (`url`), of what has a tag, or (without all of them) of
    all that its owner owns.

    Give one of `weekdays`, `month_day` (in shorter months the last day) and `date` (once).
    """

    owner = rule_fields.owner()
    server = rule_fields.server()
    url = rule_fields.url()
    tag = rule_fields.TagName()
    zone = serializers.CharField(
        max_length=64, required=False, allow_blank=True, help_text="such as Europe/Berlin; empty = the caller's"
    )
    start = WallTime(help_text="hours and minutes, by the clock there")
    weekdays = serializers.ListField(child=serializers.ChoiceField(choices=WEEKDAYS), required=False)
    active = serializers.SerializerMethodField(help_text="whether it holds messages now")
    next = serializers.SerializerMethodField(help_text="the next three times, one that runs included")

    class Meta:
        model = MaintenanceWindow
        fields = [
            "id", "owner", "name", "server", "url", "tag", "zone", "weekdays", "month_day", "date", "start", "minutes",
            "enabled", "active", "next",
        ]  # fmt: skip

    def get_active(self, window: MaintenanceWindow) -> bool:
        return window.enabled and active(window.recurrence, timezone.now()) is not None

    @extend_schema_field(OccurrenceSerializer(many=True))
    def get_next(self, window: MaintenanceWindow) -> list[dict[str, datetime]]:
        coming = upcoming(window.recurrence, timezone.now(), SHOWN) if window.enabled else []
        return OccurrenceSerializer(coming, many=True).data  # type: ignore[return-value]  # a list of dicts in fact


class MaintenanceFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What `GET /api/maintenance/` can be narrowed by."""

    tag = django_filters.CharFilter(field_name="tag__name", lookup_expr="iexact")

    class Meta:
        model = MaintenanceWindow
        fields = ["server", "url", "enabled"]


class MaintenanceResource(ListModelMixin, RetrieveModelMixin, Resource):
    """Maintenance windows the caller made, and those of what they may see. Checking goes on in them; what is still
    open when one ends is told then."""

    queryset = MaintenanceWindow.objects.all()
    serializer_class = MaintenanceSerializer
    filterset_class = MaintenanceFilter
    search_fields = ("name", "server__name", "url__name", "url__uri", "tag__name")
    ordering_fields = {name: name for name in ("id", "name", "start", "minutes")} | {"server": "server__name"}

    def seen_by(self, user: User) -> QuerySet[MaintenanceWindow]:
        return maintenance.maintenance_visible(user)

    def create(self, request: Request) -> Response:
        """Make a window."""
        made = maintenance.maintenance_create(actor=caller(request), **self.checked(request))
        return self.created(request, made)

    def update(self, request: Request, pk: int, *, partial: bool = False) -> Response:
        """Change it."""
        window = self.get_object()
        maintenance.maintenance_update(window=window, actor=caller(request), **self.checked(request, partial=partial))
        return self.shown(window)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change some of it."""
        return self.update(request, pk, partial=True)

    def destroy(self, request: Request, pk: int) -> Response:
        """Take it away."""
        maintenance.maintenance_delete(window=self.get_object(), actor=caller(request))
        return Response(status=204)
