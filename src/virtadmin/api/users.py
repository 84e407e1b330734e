"""/api/users/: accounts, for admins."""

import django_filters
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from virtadmin.accounts.models import User
from virtadmin.accounts.services import user_create, user_update
from virtadmin.api.caller import caller
from virtadmin.api.named import Named
from virtadmin.api.resource import Resource
from virtadmin.api.strict import StrictModel


class UserSerializer(StrictModel):
    """An account. There is no deleting: who left is switched off (`is_active`), what they did stays told."""

    groups = Named(many=True, slug_field="name", queryset=Group.objects.all(), required=False)

    class Meta:
        model = User
        fields = [
            "uuid", "username", "password", "email", "first_name", "last_name", "role", "groups", "is_active",
            "last_login", "date_joined",
        ]  # fmt: skip
        read_only_fields = ["last_login", "date_joined"]
        extra_kwargs = {"password": {"write_only": True, "trim_whitespace": False}}


class UserFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What `GET /api/users/` can be narrowed by."""

    group = django_filters.CharFilter(field_name="groups__name", distinct=True)

    class Meta:
        model = User
        fields = ["role", "is_active"]


class UserResource(ListModelMixin, RetrieveModelMixin, Resource):
    """Accounts: what they may do (role) and whose servers they share (groups)."""

    queryset = User.objects.all()
    serializer_class = UserSerializer
    filterset_class = UserFilter
    lookup_field = "uuid"
    lookup_value_converter = "uuid"
    search_fields = ("username", "email", "first_name", "last_name")
    ordering_fields = {name: name for name in ("username", "email", "role", "last_login", "date_joined")}

    def seen_by(self, user: User) -> QuerySet[User]:
        return User.objects.order_by("username").prefetch_related("groups")

    @extend_schema(responses={201: UserSerializer})
    def create(self, request: Request) -> Response:
        """Make an account."""
        user = user_create(actor=caller(request), **self.checked(request))
        answer = self.shown(user, status=201)
        answer["Location"] = f"{request.path}{user.uuid}/"
        return answer

    def update(self, request: Request, uuid: str, *, partial: bool = False) -> Response:
        """Change an account; a new password or switching it off ends its tokens."""
        user = self.get_object()
        given = self.get_serializer(user, data=request.data, partial=partial)  # knows whose user name it may keep
        given.is_valid(raise_exception=True)
        user_update(user=user, actor=caller(request), **given.validated_data)
        return self.shown(user)

    def partial_update(self, request: Request, uuid: str) -> Response:
        """Change some of an account."""
        return self.update(request, uuid, partial=True)
