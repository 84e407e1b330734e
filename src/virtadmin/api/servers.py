"""/api/server/: watched servers."""

import django_filters
from django.db.models import OuterRef, Q, QuerySet, Subquery
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from virtadmin.accounts.models import User
from virtadmin.api.caller import caller
from virtadmin.api.history import HistorySerializer, ServerHistoryQuery, TimeQuery, history_shown
from virtadmin.api.initial_server_profiles import LoginSerializer, ProfileSerializer
from virtadmin.api.marks import MarksSerializer, marks_shown
from virtadmin.api.resource import Resource
from virtadmin.api.server_fields import (
    STATUSES,
    AddressSerializer,
    FingerprintSerializer,
    LeftOnHostSerializer,
    ServerSerializer,
)
from virtadmin.servers import services
from virtadmin.servers.models import InitialServerProfile, Server
from virtadmin.servers.selectors import servers_visible

SET = ("id", "name", "ip_address", "interval", "created")
MEASURED = (
    "status", "last_update", "uptime", "cpu_usage", "ram_usage", "ram_total", "hdd_usage", "hdd_total",
    "network_usage_in", "network_usage_out",
)  # fmt: skip
"""What servers can be sorted by: what is set, and what is measured."""


class ServerFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What `GET /api/server/` can be narrowed by."""

    status = django_filters.ChoiceFilter(choices=[(name, name) for name in STATUSES], method="with_status")
    tag = django_filters.CharFilter(field_name="tags__name", lookup_expr="iexact", distinct=True)
    name = django_filters.CharFilter(lookup_expr="icontains", help_text="a part of it")
    ip_address = django_filters.CharFilter(lookup_expr="iexact")
    address = django_filters.CharFilter(field_name="ip_address", lookup_expr="icontains", help_text="a part of it")
    owner = django_filters.UUIDFilter(field_name="owner__uuid")

    class Meta:
        model = Server
        fields = ["enabled", "parent"]

    def with_status(self, rows: QuerySet[Server], name: str, value: str) -> QuerySet[Server]:
        return rows.filter(Q(enabled=False) if value == "paused" else Q(enabled=True, state__status=value))


class ServerResource(ListModelMixin, RetrieveModelMixin, Resource):
    """Watched servers with their newest metrics. New ones come by an initial server profile."""

    queryset = Server.objects.all()
    serializer_class = ServerSerializer
    filterset_class = ServerFilter
    verbs = {"unenrol": "delete", "accept_host_key": "change"}
    search_fields = ("name", "ip_address", "tags__name")
    ordering_fields = {name: name for name in SET} | {name: f"state__{name}" for name in MEASURED}

    def seen_by(self, user: User) -> QuerySet[Server]:
        enrolled = InitialServerProfile.objects.filter(server=OuterRef("pk"), action=InitialServerProfile.Action.ENROL)
        newest = Subquery(enrolled.order_by("-pk").values("pk")[:1])
        rows = servers_visible(user).select_related("state", "owner").prefetch_related("tags", "groups")
        return rows.annotate(initial_server_profile=newest)

    @extend_schema(responses=ServerSerializer(many=True))
    @action(detail=False, url_path="by-user/<uuid:uuid>")
    def by_user(self, request: Request, uuid: str) -> Response:
        """The servers of one owner, as far as the caller may see them."""
        return self.paginated(self.filter_queryset(self.get_queryset()).filter(owner__uuid=uuid))

    def update(self, request: Request, pk: int, *, partial: bool = False) -> Response:
        """Change what people set."""
        server = self.get_object()
        services.server_update(server=server, actor=caller(request), **self.checked(request, partial=partial))
        return self.shown(server)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change some of what people set."""
        return self.update(request, pk, partial=True)

    @extend_schema(responses={200: LeftOnHostSerializer})
    def destroy(self, request: Request, pk: int) -> Response:
        """Stop watching: the hub destroys its key and says what stays on the host."""
        left = services.server_delete(server=self.get_object(), actor=caller(request))
        return Response({"left_on_host": left})

    @extend_schema(request=LoginSerializer, responses={202: ProfileSerializer})
    @action(detail=True, methods=["post"], serializer_class=LoginSerializer)
    def unenrol(self, request: Request, pk: int) -> Response:
        """Take the hub off the host by a login there. Answers the run to follow; the server goes when it succeeds."""
        server = self.get_object()
        run = services.server_unenrol(server=server, actor=caller(request), **self.checked(request))
        return Response(ProfileSerializer(run, context=self.get_serializer_context()).data, status=202)

    @extend_schema(request=FingerprintSerializer, responses=ServerSerializer)
    @action(detail=True, methods=["post"], url_path="accept-host-key", serializer_class=FingerprintSerializer)
    def accept_host_key(self, request: Request, pk: int) -> Response:
        """Trust the host's new key, if the fingerprint is its own."""
        server, fields = self.get_object(), self.checked(request)
        services.server_accept_host_key(server=server, actor=caller(request), **fields)
        self.serializer_class = ServerSerializer
        return self.shown(server)

    @extend_schema(request=AddressSerializer, responses=ServerSerializer)
    @action(detail=True, methods=["post"], serializer_class=AddressSerializer)
    def move(self, request: Request, pk: int) -> Response:
        """It is at another address now: asked there from now on, if what answers there holds a pinned host key."""
        server, fields = self.get_object(), self.checked(request)
        services.server_move(server=server, actor=caller(request), **fields)
        self.serializer_class = ServerSerializer
        return self.shown(server)

    @extend_schema(parameters=[ServerHistoryQuery], responses=HistorySerializer)
    @action(detail=True, filter_backends=[], pagination_class=None)
    def history(self, request: Request, pk: int) -> Response:
        """One metric over time."""
        query = ServerHistoryQuery(data=request.query_params)
        server = self.get_object()
        query.is_valid(raise_exception=True)
        return Response(history_shown(server.pk, query.validated_data))

    @extend_schema(parameters=[TimeQuery], responses=MarksSerializer)
    @action(detail=True, filter_backends=[], pagination_class=None)
    def marks(self, request: Request, pk: int) -> Response:
        """Incidents, silences and maintenance of a time, for the time axis of charts."""
        return Response(marks_shown(caller(request), self.get_object(), request.query_params))
