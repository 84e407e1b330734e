"""/api/recipients/: who is told, where that is not everybody who may see the server."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from virtadmin.accounts.models import User
from virtadmin.alerting.models import Recipients
from virtadmin.alerting.rules import recipients
from virtadmin.api import rule_fields
from virtadmin.api.caller import caller
from virtadmin.api.resource import Resource
from virtadmin.api.strict import StrictModel


class PersonUuid(serializers.UUIDField):
    """Somebody, by their uuid."""

    def to_representation(self, value: Any) -> Any:
        return super().to_representation(value.uuid)


class People(serializers.ListField):
    """Uuids in, uuids out; whom the caller may name is the service's to say."""

    child = PersonUuid()

    def to_representation(self, data: Any) -> list[Any]:
        return super().to_representation(data.all())

    def to_internal_value(self, data: Any) -> list[User]:
        uuids = super().to_internal_value(data)
        found = list(User.objects.filter(uuid__in=uuids, is_active=True))
        if len(found) < len(set(uuids)):
            raise serializers.ValidationError("There is no such user.")
        return found


class RecipientsSerializer(StrictModel):
    """Who is told of a server, a website (`url`) or what has a tag; one of them is given, and cannot be changed."""

    owner = rule_fields.owner()
    server = rule_fields.server()
    url = rule_fields.url()
    tag = rule_fields.TagName()
    users = People(help_text="uuids: the caller's, those of members of their groups, of people who share it")

    class Meta:
        model = Recipients
        fields = ["id", "owner", "server", "url", "tag", "users"]


class RecipientsFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What `GET /api/recipients/` can be narrowed by."""

    tag = django_filters.CharFilter(field_name="tag__name", lookup_expr="iexact")

    class Meta:
        model = Recipients
        fields = ["server", "url"]


class RecipientsResource(ListModelMixin, RetrieveModelMixin, Resource):
    """Who is told, as the caller said it, or as it is said for what they may see. What is said for a server or website
    comes before what is said for its tags; people who may not see it are passed over."""

    queryset = Recipients.objects.all()
    serializer_class = RecipientsSerializer
    filterset_class = RecipientsFilter
    search_fields = ("server__name", "url__name", "url__uri", "tag__name", "users__username")
    ordering_fields = {"id": "id", "server": "server__name", "tag": "tag__name"}

    def seen_by(self, user: User) -> QuerySet[Recipients]:
        return recipients.recipients_visible(user)

    def create(self, request: Request) -> Response:
        """Say who is told of a server, of a website, or of what has a tag."""
        made = recipients.recipients_create(actor=caller(request), **self.checked(request))
        return self.created(request, made)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Say anew who is told."""
        row = self.get_object()
        recipients.recipients_update(row=row, actor=caller(request), **self.checked(request, partial=True))
        return self.shown(row)

    def destroy(self, request: Request, pk: int) -> Response:
        """Everybody who may see it is told again."""
        recipients.recipients_delete(row=self.get_object(), actor=caller(request))
        return Response(status=204)
