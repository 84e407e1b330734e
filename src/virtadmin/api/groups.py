"""/api/groups/: who shares servers and websites with whom, for admins."""

from typing import Any

from django.contrib.auth.models import Group
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from virtadmin.accounts.groups import NAME_LENGTH, group_create, group_delete, group_update
from virtadmin.accounts.models import User
from virtadmin.api.caller import caller
from virtadmin.api.named import Named
from virtadmin.api.resource import Resource
from virtadmin.api.strict import StrictModel


class GroupSerializer(StrictModel):
    """A group. What is shared with it is said at the server or website (`groups`)."""

    members = Named(
        source="user_set", many=True, slug_field="username", queryset=User.objects.all(), required=False,
        help_text="user names",
    )  # fmt: skip

    class Meta:
        model = Group
        fields = ["id", "name", "members"]
        extra_kwargs = {"name": {"max_length": NAME_LENGTH, "validators": []}}


class GroupResource(ListModelMixin, RetrieveModelMixin, Resource):
    """Groups and their members."""

    queryset = Group.objects.all()
    serializer_class = GroupSerializer
    search_fields = ("name",)
    ordering_fields = {"name": "name"}

    def seen_by(self, user: User) -> QuerySet[Group]:
        return Group.objects.order_by("name").prefetch_related("user_set")

    def create(self, request: Request) -> Response:
        """Make a group."""
        return self.created(request, group_create(actor=caller(request), **_named(self.checked(request))))

    def update(self, request: Request, pk: int, *, partial: bool = False) -> Response:
        """Rename a group, or say who is in it."""
        group: Group = self.get_object()
        given = _named(self.checked(request, partial=partial))
        return self.shown(group_update(group=group, actor=caller(request), **given))

    def partial_update(self, request: Request, pk: int) -> Response:
        """The same with some of the fields."""
        return self.update(request, pk, partial=True)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Delete a group; what was shared with it stays with its owners."""
        group_delete(group=self.get_object(), actor=caller(request))
        return Response(status=204)


def _named(given: dict[str, Any]) -> dict[str, Any]:
    """The fields by the names the services take."""
    return {"members" if name == "user_set" else name: value for name, value in given.items()}
