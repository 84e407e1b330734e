"""/api/me/tokens/: the caller's tokens."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from knox.models import AuthToken
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from virtadmin.accounts.guessing import guesses_counted
from virtadmin.accounts.services import TOKEN_NAME_LENGTH, own_token_create
from virtadmin.accounts.tokens import token_public_id, token_revoke, tokens_of
from virtadmin.api.caller import caller
from virtadmin.api.strict import Strict
from virtadmin.api.tokens import TokenSerializer

ID = OpenApiParameter("token", str, OpenApiParameter.PATH, pattern="^[-a-zA-Z0-9_]+$")


class MyTokenSerializer(serializers.Serializer[Any]):
    """A token; the token itself was shown when it was made."""

    id = serializers.SerializerMethodField()
    name = serializers.SerializerMethodField()
    created = serializers.DateTimeField(read_only=True)
    expiry = serializers.DateTimeField(read_only=True, allow_null=True)
    used = serializers.DateTimeField(source="note.used", default=None, read_only=True, allow_null=True)
    current = serializers.SerializerMethodField(help_text="whether this request was made with it")

    def get_id(self, token: AuthToken) -> str:
        return token_public_id(token)

    def get_name(self, token: AuthToken) -> str:
        return token.note.name if hasattr(token, "note") else ""

    def get_current(self, token: AuthToken) -> bool:
        return bool(token == self.context["request"].auth)


class NewTokenSerializer(Strict):
    """What a new token is for, and the caller's password: a token alone makes no other."""

    name = serializers.CharField(max_length=TOKEN_NAME_LENGTH)
    password = serializers.CharField(max_length=1024, trim_whitespace=False, write_only=True)


class MyTokensResource(GenericViewSet[AuthToken]):
    """The caller's tokens."""

    permission_classes = (IsAuthenticated,)
    serializer_class = MyTokenSerializer
    queryset = AuthToken.objects.all()
    filter_backends = ()

    @extend_schema(operation_id="me_tokens_list")
    def list(self, request: Request) -> Response:
        """The tokens, the newest first."""
        rows = self.paginate_queryset(tokens_of(caller(request)))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @extend_schema(operation_id="me_tokens_create", request=NewTokenSerializer, responses={201: TokenSerializer})
    def create(self, request: Request) -> Response:
        """Make a token, by the password. It is shown this once."""
        given = NewTokenSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        with guesses_counted(request, caller(request)):
            token, expiry = own_token_create(user=caller(request), **given.validated_data)
        return Response(TokenSerializer({"token": token, "expiry": expiry}).data, status=201)

    @extend_schema(operation_id="me_tokens_revoke", parameters=[ID], responses={204: None})
    def revoke(self, request: Request, token: str) -> Response:
        """End a token, at once."""
        if not token_revoke(user=caller(request), public_id=token):
            raise Http404
        return Response(status=204)
