"""/api/me/sessions/: where the caller is signed in to the pages."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from virtadmin.accounts.browsers import browser_name
from virtadmin.accounts.models import Session, session_public_id
from virtadmin.accounts.sessions import session_end, sessions_end, sessions_of
from virtadmin.api.caller import caller

ID = OpenApiParameter("session", str, OpenApiParameter.PATH, pattern="^[-a-zA-Z0-9_]+$")


class SessionSerializer(serializers.Serializer[Any]):
    """A browser that is signed in."""

    id = serializers.CharField(source="public_id", read_only=True)
    begun = serializers.DateTimeField(read_only=True, allow_null=True)
    seen = serializers.DateTimeField(read_only=True, allow_null=True, help_text="last used, to the minute")
    address = serializers.CharField(read_only=True, help_text="IP address it was begun from")
    browser = serializers.SerializerMethodField()
    current = serializers.SerializerMethodField(help_text="whether this request was made in it")

    def get_browser(self, session: Session) -> str:
        return browser_name(session.agent)

    def get_current(self, session: Session) -> bool:
        key = _key(self.context["request"])
        return key is not None and session.public_id == session_public_id(key)


class EndedSerializer(serializers.Serializer[Any]):
    """How many were ended."""

    ended = serializers.IntegerField()


class MySessionsResource(GenericViewSet[Session]):
    """The caller's sessions."""

    permission_classes = (IsAuthenticated,)
    serializer_class = SessionSerializer
    queryset = Session.objects.all()
    filter_backends = ()

    @extend_schema(operation_id="me_sessions_list")
    def list(self, request: Request) -> Response:
        """The sessions, the newest used first."""
        rows = self.paginate_queryset(sessions_of(caller(request)))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @extend_schema(operation_id="me_sessions_end", parameters=[ID], responses={204: None})
    def end(self, request: Request, session: str) -> Response:
        """Sign that browser out, at once."""
        if not session_end(user=caller(request), public_id=session):
            raise Http404
        return Response(status=204)

    @extend_schema(operation_id="me_sessions_end_others", request=None, responses=EndedSerializer)
    def end_others(self, request: Request) -> Response:
        """End all sessions but the one this request was made in, if it was made in one."""
        ended = sessions_end(user=caller(request), keep=_key(request))
        return Response({"ended": ended})


def _key(request: Any) -> str | None:
    """The key of the session the request was made in; None when it came with a token."""
    key: str | None = request.session.session_key if request.auth is None else None
    return key
