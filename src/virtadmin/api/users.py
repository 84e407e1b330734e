"""/api/users/: accounts, for admins."""

import django_filters
from django.conf import settings
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from virtadmin.accounts.models import User
from virtadmin.accounts.password_links import password_link_create, password_link_send
from virtadmin.accounts.services import user_create, user_update
from virtadmin.accounts.two_factor import two_factor_reset
from virtadmin.api.caller import caller
from virtadmin.api.named import Named
from virtadmin.api.resource import Resource
from virtadmin.api.strict import Strict, StrictModel


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
        extra_kwargs = {"password": {"write_only": True, "trim_whitespace": False, "required": False}}


class PasswordLinkSerializer(Strict):
    """The address by which somebody sets their password, shown this once."""

    link = serializers.URLField()
    sent = serializers.BooleanField(help_text="whether it was sent by email too")


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
    verbs = {"password_link": "change", "two_factor": "change"}
    search_fields = ("username", "email", "first_name", "last_name")
    ordering_fields = {name: name for name in ("username", "email", "role", "last_login", "date_joined")}

    def seen_by(self, user: User) -> QuerySet[User]:
        return User.objects.order_by("username").prefetch_related("groups")

    @extend_schema(responses={201: UserSerializer})
    def create(self, request: Request) -> Response:
        """Make an account. Without a password its person sets one by a password link."""
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

    @extend_schema(request=None, responses={201: PasswordLinkSerializer})
    @action(detail=True, methods=["post"], url_path="password-link")
    def password_link(self, request: Request, uuid: str) -> Response:
        """A link by which this person sets their password: once, for 24 hours; one made before ends.

        It is sent to them by email too where the hub can.
        """
        user: User = self.get_object()
        token = password_link_create(user=user, actor=caller(request))
        base = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
        address = f"{base}{reverse('web:set_password', args=[token])}"
        return Response({"link": address, "sent": password_link_send(user=user, address=address)}, status=201)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["delete"], url_path="two-factor")
    def two_factor(self, request: Request, uuid: str) -> Response:
        """Switch this person's two-factor sign-in off: they lost their phone and their recovery codes."""
        two_factor_reset(user=self.get_object(), actor=caller(request))
        return Response(status=204)
