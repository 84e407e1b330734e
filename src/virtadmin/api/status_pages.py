"""/api/status_pages/: pages that anybody may read, under /status/."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from virtadmin.accounts.models import User
from virtadmin.api import rule_fields
from virtadmin.api.caller import caller
from virtadmin.api.resource import Resource
from virtadmin.api.strict import StrictModel
from virtadmin.servers.checks import NAME_MAX
from virtadmin.statuspages import services
from virtadmin.statuspages.checks import SLUG_MAX
from virtadmin.statuspages.models import StatusEntry, StatusPage
from virtadmin.statuspages.selectors import status_pages_visible

EXAMPLE = {
    "title": "Our shop",
    "intro": "What runs, and what does not.",
    "slug": "our-shop",
    "entries": [{"name": "Shop", "url": 17}, {"name": "Mail", "server": 4}, {"name": "Blogs", "tag": "blog"}],
}


class StatusEntrySerializer(StrictModel):
    """A line: a website (`url`), a server, or all that has a tag, under its public name. Give one of the three."""

    name = serializers.CharField(max_length=NAME_MAX, help_text="what the public calls it")
    url = rule_fields.url()
    server = rule_fields.server()
    tag = rule_fields.TagName(help_text="a tag is one line: the worst of all that has it and the owner may see")

    class Meta:
        model = StatusEntry
        fields = ["name", "url", "server", "tag"]


@extend_schema_serializer(examples=[OpenApiExample("A website, a server and a tag", EXAMPLE, request_only=True)])
class StatusPageSerializer(StrictModel):
    """What anybody may read at `address`, as far as its owner may see it: names given here, states, uptime of websites,
    outages and planned maintenance. Never addresses, reasons, or names that are not given here."""

    owner = rule_fields.owner()
    slug = serializers.CharField(
        max_length=SLUG_MAX, required=False, allow_blank=True,
        help_text="the last part of the address; left out or empty = one that nobody can guess",
    )  # fmt: skip
    address = serializers.SerializerMethodField(help_text="where it is; below it are badge.svg and status.json")
    entries = StatusEntrySerializer(many=True, required=False, help_text="the lines in their order; all of them")

    class Meta:
        model = StatusPage
        fields = ["id", "owner", "title", "intro", "slug", "address", "enabled", "indexed", "entries"]

    def get_address(self, page: StatusPage) -> str:
        return str(self.context["request"].build_absolute_uri(reverse("web:status", args=[page.slug])))

    def validate_entries(self, given: list[dict[str, Any]]) -> list[services.Entry]:
        return [services.Entry(**{name: value for name, value in one.items() if value}) for one in given]


class StatusPageFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What `GET /api/status_pages/` can be narrowed by."""

    url = django_filters.NumberFilter(field_name="entries__url", distinct=True)
    server = django_filters.NumberFilter(field_name="entries__server", distinct=True)
    tag = django_filters.CharFilter(field_name="entries__tag__name", lookup_expr="iexact", distinct=True)

    class Meta:
        model = StatusPage
        fields = ["enabled", "indexed", "slug"]


class StatusPageResource(ListModelMixin, RetrieveModelMixin, Resource):
    """Status pages of the caller's; of everybody's for admins and staff."""

    queryset = StatusPage.objects.all()
    serializer_class = StatusPageSerializer
    filterset_class = StatusPageFilter
    search_fields = ("title", "slug", "entries__name")
    ordering_fields = {name: name for name in ("id", "title", "slug")}

    def seen_by(self, user: User) -> QuerySet[StatusPage]:
        return status_pages_visible(user)

    def create(self, request: Request) -> Response:
        """Make a page."""
        made = services.status_page_create(actor=caller(request), **self.checked(request))
        return self.created(request, made)

    def update(self, request: Request, pk: int, *, partial: bool = False) -> Response:
        """Change it."""
        page = self.get_object()
        services.status_page_update(page=page, actor=caller(request), **self.checked(request, partial=partial))
        return self.shown(page)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change some of it."""
        return self.update(request, pk, partial=True)

    def destroy(self, request: Request, pk: int) -> Response:
        """Take it away; what it showed stays as it is."""
        services.status_page_delete(page=self.get_object(), actor=caller(request))
        return Response(status=204)
