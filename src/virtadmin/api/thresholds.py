"""/api/thresholds/: limits in percent."""

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from virtadmin.accounts.models import User
from virtadmin.alerting import services
from virtadmin.alerting.models import Threshold
from virtadmin.alerting.selectors import thresholds_visible
from virtadmin.api.caller import caller
from virtadmin.api.resource import Resource
from virtadmin.api.strict import StrictModel
from virtadmin.servers.selectors import servers_visible

LIMITS = ("cpu_usage", "ram_usage", "hdd_usage", "network_in_usage", "network_out_usage")


class ThresholdSerializer(StrictModel):
    """A server's limits; `*_notified` is set while people know that it is crossed."""

    class Meta:
        model = Threshold
        fields = ["id", *(field for name in LIMITS for field in (name, f"{name}_notified")), "window", "server"]


class ThresholdFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What `GET /api/thresholds/` can be narrowed by."""

    class Meta:
        model = Threshold
        fields = ["server", *(f"{name}_notified" for name in LIMITS)]


class ThresholdResource(ListModelMixin, RetrieveModelMixin, Resource):
    """The limits of the servers."""

    queryset = Threshold.objects.all()
    serializer_class = ThresholdSerializer
    filterset_class = ThresholdFilter
    search_fields = ("server__name",)
    ordering_fields = {"server": "server__name", **{name: name for name in ("id", "window", *LIMITS)}}

    def seen_by(self, user: User) -> QuerySet[Threshold]:
        return thresholds_visible(user)

    @extend_schema(responses=ThresholdSerializer(many=True))
    @action(detail=False, url_path="by_server/<int:server_id>")
    def by_server(self, request: Request, server_id: int) -> Response:
        """The limits of one server."""
        get_object_or_404(servers_visible(caller(request)), pk=server_id)
        return self.paginated(self.filter_queryset(self.get_queryset()).filter(server=server_id))

    def update(self, request: Request, pk: int, *, partial: bool = False) -> Response:
        """Change limits. What is open is judged by the new ones at the next sample."""
        threshold = self.get_object()
        fields = self.checked(request, partial=partial)
        services.threshold_update(threshold=threshold, actor=caller(request), **fields)
        return self.shown(threshold)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change some limits."""
        return self.update(request, pk, partial=True)

    @extend_schema(responses={200: ThresholdSerializer})
    def destroy(self, request: Request, pk: int) -> Response:
        """Put the defaults back. A server always has limits, so the answer is what they are now."""
        threshold = self.get_object()
        services.threshold_reset(threshold=threshold, actor=caller(request))
        return self.shown(threshold)
