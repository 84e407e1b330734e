"""/api/threshold-templates/: limits that servers inherit by a tag."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from virtadmin.accounts.models import User
from virtadmin.alerting.models import ThresholdTemplate
from virtadmin.alerting.rules import threshold_templates as services
from virtadmin.alerting.rules.inheritance import FIELDS
from virtadmin.api import rule_fields
from virtadmin.api.caller import caller
from virtadmin.api.resource import Resource
from virtadmin.api.strict import StrictModel


class ThresholdTemplateSerializer(StrictModel):
    """Limits for the servers with the tag: its owner's own, or everyone's if its owner is an admin.

    Null = this template says nothing of it. Of several templates the server's owner's own come before an admin's, then
    counts the higher `priority`, then the lower limit. What a person set on a server stands above all of them.
    """

    owner = rule_fields.owner()
    tag = rule_fields.TagName(required=True, allow_null=False, allow_blank=False, help_text="a new one is made")

    class Meta:
        model = ThresholdTemplate
        fields = ["id", "owner", "name", "tag", "priority", *FIELDS]


class ThresholdTemplateFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What `GET /api/threshold-templates/` can be narrowed by."""

    tag = django_filters.CharFilter(field_name="tag__name", lookup_expr="iexact")

    class Meta:
        model = ThresholdTemplate
        fields: list[str] = []


class ThresholdTemplateResource(ListModelMixin, RetrieveModelMixin, Resource):
    """The caller's own templates; everyone's for admins."""

    queryset = ThresholdTemplate.objects.all()
    serializer_class = ThresholdTemplateSerializer
    filterset_class = ThresholdTemplateFilter
    search_fields = ("name", "tag__name")
    ordering_fields = {name: name for name in ("id", "name", "priority")} | {"tag": "tag__name"}

    def seen_by(self, user: User) -> QuerySet[ThresholdTemplate]:
        return services.threshold_templates_visible(user)

    def create(self, request: Request) -> Response:
        """Make a template; servers with the tag get its limits at once."""
        return self.created(request, services.threshold_template_create(**self._given(request)))

    def update(self, request: Request, pk: int, *, partial: bool = False) -> Response:
        """Change it; its servers follow at once."""
        template = self.get_object()
        services.threshold_template_update(template=template, **self._given(request, partial=partial))
        return self.shown(template)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change some of it."""
        return self.update(request, pk, partial=True)

    def destroy(self, request: Request, pk: int) -> Response:
        """Take it away: its servers get what other templates or the defaults say."""
        services.threshold_template_delete(template=self.get_object(), actor=caller(request))
        return Response(status=204)

    def _given(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        return {"actor": caller(request), **self.checked(request, partial=partial)}
