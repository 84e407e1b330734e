"""/api/me/: the caller."""

from typing import Any

from django.contrib.auth import update_session_auth_hash
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.viewsets import ViewSet

from virtadmin.accounts.guessing import guesses_counted
from virtadmin.accounts.models import User
from virtadmin.accounts.services import user_change_password, user_update
from virtadmin.api.caller import caller
from virtadmin.api.strict import Strict, StrictModel
from virtadmin.api.throttling import SignIns


class MeSerializer(StrictModel):
    """The caller's own account."""

    groups = serializers.SlugRelatedField[Any](many=True, read_only=True, slug_field="name")

    class Meta:
        model = User
        fields = ["uuid", "username", "email", "first_name", "last_name", "time_zone", "role", "groups", "last_login"]
        read_only_fields = ["username", "role", "last_login"]


class PasswordSerializer(Strict):
    """A change of password."""

    old_password = serializers.CharField(max_length=1024, trim_whitespace=False, write_only=True)
    new_password = serializers.CharField(max_length=1024, trim_whitespace=False, write_only=True)


class MeResource(ViewSet):
    """The caller's own account."""

    permission_classes = (IsAuthenticated,)

    def get_throttles(self) -> list[BaseThrottle]:
        return [SignIns()] if self.action == "password" else []

    @extend_schema(responses=MeSerializer)
    def retrieve(self, request: Request) -> Response:
        """Who the caller is."""
        return Response(MeSerializer(caller(request)).data)

    @extend_schema(request=MeSerializer, responses=MeSerializer)
    def partial_update(self, request: Request) -> Response:
        """Change one's address or name."""
        given = MeSerializer(caller(request), data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        user = user_update(user=caller(request), actor=caller(request), **given.validated_data)
        return Response(MeSerializer(user).data)

    @extend_schema(request=PasswordSerializer, responses={204: None})
    def password(self, request: Request) -> Response:
        """Change one's password. All tokens but the one in use end, and so do all other sessions.

        Wrong guesses count as failed sign-ins: 409 while locked.
        """
        given = PasswordSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        session = getattr(request, "session", None)
        with guesses_counted(request, caller(request)):
            user_change_password(
                user=caller(request),
                keep=request.auth,
                keep_session=session.session_key if session is not None and request.auth is None else None,
                **given.validated_data,
            )
        if request.auth is None:
            update_session_auth_hash(request, caller(request))
        return Response(status=204)
