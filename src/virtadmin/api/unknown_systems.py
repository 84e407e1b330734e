"""/api/unknown-systems/: systems the probe cannot run on."""

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from virtadmin.accounts.models import User
from virtadmin.api.resource import Resource
from virtadmin.api.strict import StrictModel
from virtadmin.servers.models import UnknownSystem
from virtadmin.servers.selectors import unknown_systems_visible


class UnknownSystemSerializer(StrictModel):
    """A system the probe cannot run on: what it is, what was tried, when."""

    owner = serializers.UUIDField(source="owner.uuid", read_only=True)

    class Meta:
        model = UnknownSystem
        fields = ["id", "ip_address", "port", "system", "tried", "seen", "owner"]


class UnknownSystemFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What `GET /api/unknown-systems/` can be narrowed by."""

    ip_address = django_filters.CharFilter(lookup_expr="iexact")
    owner = django_filters.UUIDFilter(field_name="owner__uuid")

    class Meta:
        model = UnknownSystem
        fields: list[str] = []


class UnknownSystemResource(ListModelMixin, RetrieveModelMixin, Resource):
    """Systems somebody tried to add and the probe cannot run on."""

    queryset = UnknownSystem.objects.all()
    serializer_class = UnknownSystemSerializer
    filterset_class = UnknownSystemFilter
    search_fields = ("ip_address", "system")
    ordering_fields = {name: name for name in ("id", "seen", "ip_address", "system")}

    def seen_by(self, user: User) -> QuerySet[UnknownSystem]:
        return unknown_systems_visible(user).select_related("owner")
