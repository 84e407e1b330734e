"""/api/urls/: websites that are checked."""

import django_filters
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from virtadmin.accounts.models import User
from virtadmin.api.caller import caller
from virtadmin.api.history import HistorySerializer, TimeQuery, UrlHistoryQuery, history_shown
from virtadmin.api.marks import MarksSerializer, marks_shown
from virtadmin.api.resource import Resource
from virtadmin.api.uptime import UptimeQuery, UptimeSerializer, uptime_shown
from virtadmin.api.website_fields import STATUSES, TriedSerializer, UrlSerializer
from virtadmin.collector.websites.tried import state_tried
from virtadmin.metrics.series import website_subject
from virtadmin.servers.selectors import servers_visible
from virtadmin.websites import services
from virtadmin.websites.models import Url
from virtadmin.websites.selectors import urls_visible
from virtadmin.websites.trying import url_try

SET = ("id", "name", "uri", "interval", "created")
FOUND = ("status", "last_check", "response_time", "status_code", "ssl_expiration_date")
"""What websites can be sorted by: what is set, and what checks found."""


class UrlFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What `GET /api/urls/` can be narrowed by."""

    status = django_filters.ChoiceFilter(choices=[(name, name) for name in STATUSES], method="with_status")
    tag = django_filters.CharFilter(field_name="tags__name", lookup_expr="iexact", distinct=True)
    name = django_filters.CharFilter(lookup_expr="icontains", help_text="a part of it")
    uri = django_filters.CharFilter(lookup_expr="icontains", help_text="a part of it")
    owner = django_filters.UUIDFilter(field_name="owner__uuid")
    expires_before = django_filters.IsoDateTimeFilter(
        field_name="state__ssl_expiration_date", lookup_expr="lt", help_text="whose certificate expires before"
    )

    class Meta:
        model = Url
        fields = ["enabled", "server"]

    def with_status(self, rows: QuerySet[Url], name: str, value: str) -> QuerySet[Url]:
        return rows.filter(Q(enabled=False) if value == "paused" else Q(enabled=True, state__status=value))


class UrlResource(ListModelMixin, RetrieveModelMixin, Resource):
    """Websites with what their newest check found."""

    queryset = Url.objects.all()
    serializer_class = UrlSerializer
    filterset_class = UrlFilter
    verbs = {"check": "change", "try_changed": "change"}
    search_fields = ("name", "uri", "tags__name")
    ordering_fields = {name: name for name in SET} | {name: f"state__{name}" for name in FOUND}

    def seen_by(self, user: User) -> QuerySet[Url]:
        rows = urls_visible(user).select_related("state", "owner").prefetch_related("tags", "groups")
        return rows.defer("password", "secret_headers")

    @extend_schema(responses=UrlSerializer(many=True))
    @action(detail=False, url_path="by_server/<int:server_id>")
    def by_server(self, request: Request, server_id: int) -> Response:
        """The websites that run on one server, as far as the caller may see them."""
        get_object_or_404(servers_visible(caller(request)), pk=server_id)
        return self.paginated(self.filter_queryset(self.get_queryset()).filter(server=server_id))

    @extend_schema(responses={201: UrlSerializer})
    def create(self, request: Request) -> Response:
        """Have a website checked from now on."""
        return self.created(request, services.url_create(actor=caller(request), **self.checked(request)))

    def update(self, request: Request, pk: int, *, partial: bool = False) -> Response:
        """Change what people set. What is left out stays as it is."""
        url = self.get_object()
        services.url_update(url=url, actor=caller(request), **self.checked(request, partial=partial))
        return self.shown(url)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change some of what people set."""
        return self.update(request, pk, partial=True)

    def destroy(self, request: Request, pk: int) -> Response:
        """Check it no more, and forget its history."""
        services.url_delete(url=self.get_object(), actor=caller(request))
        return Response(status=204)

    @extend_schema(request=None, responses={202: UrlSerializer})
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: int) -> Response:
        """Have it checked at once. Answers what is known before that; `last_check` says when there is more."""
        url = self.get_object()
        services.url_check_now(url=url, actor=caller(request))
        return self.shown(url, status=202)

    @extend_schema(request=UrlSerializer, responses=TriedSerializer)
    @action(detail=False, methods=["post"], url_path="try", url_name="try", filter_backends=[], pagination_class=None)
    def try_new(self, request: Request) -> Response:
        """Check once, as a website with these fields would be, and keep nothing. Answers within 20 seconds; ten times a
        minute for each person, with what they try in the pages."""
        outcome = url_try(actor=caller(request), **self.checked(request))
        return Response(TriedSerializer(state_tried(outcome)).data)

    @extend_schema(responses=TriedSerializer)
    @action(detail=True, methods=["post"], url_path="try", url_name="try-changed")
    def try_changed(self, request: Request, pk: int) -> Response:
        """The same of a website there is, with some fields changed. Its stored secrets are used where none are given,
        but for no other host."""
        url = self.get_object()
        outcome = url_try(actor=caller(request), url=url, **self.checked(request, partial=True))
        return Response(TriedSerializer(state_tried(outcome)).data)

    @extend_schema(parameters=[UrlHistoryQuery], responses=HistorySerializer)
    @action(detail=True, filter_backends=[], pagination_class=None)
    def history(self, request: Request, pk: int) -> Response:
        """One metric over time."""
        query = UrlHistoryQuery(data=request.query_params)
        url = self.get_object()
        query.is_valid(raise_exception=True)
        return Response(history_shown(website_subject(url.pk), query.validated_data))

    @extend_schema(parameters=[TimeQuery], responses=MarksSerializer)
    @action(detail=True, filter_backends=[], pagination_class=None)
    def marks(self, request: Request, pk: int) -> Response:
        """Incidents, silences and maintenance of a time, for the time axis of charts."""
        return Response(marks_shown(caller(request), self.get_object(), request.query_params))

    @extend_schema(parameters=[UptimeQuery], responses=UptimeSerializer)
    @action(detail=True, filter_backends=[], pagination_class=None)
    def uptime(self, request: Request, pk: int) -> Response:
        """How much of each day, month and year it was up."""
        query = UptimeQuery(data=request.query_params)
        url = self.get_object()
        query.is_valid(raise_exception=True)
        return Response(uptime_shown(url, query.validated_data))
