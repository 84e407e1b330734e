"""Sign-in by token (`Authorization: Token …`), or by the session of the pages."""

from typing import Any

from auditlog.context import auditlog_value
from django.utils import timezone
from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from virtadmin.accounts.models import User
from virtadmin.accounts.tokens import token_seen
from virtadmin.accounts.two_factor import two_factor_missing

SET_UP_FIRST = "This hub demands two-factor sign-in: sign in to its pages and set it up there first."


class Tokens(TokenAuthentication):  # type: ignore[misc]
    """Knox's tokens (stored hashed). The change log names the token's user as the one who did it."""

    def authenticate(self, request: Request) -> Any:
        found = super().authenticate(request)
        if found:
            # auditlog's middleware ran before the token was read, so it knew of nobody: what it set up is completed.
            auditlog_value.get({})["actor"] = found[0]
            _demand_two_factor(found[0])
            token_seen(token=found[1], now=timezone.now())
        return found

    def authenticate_credentials(self, token: bytes) -> Any:
        if not token.isascii():
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)


class Sessions(SessionAuthentication):
    """The session of somebody signed in to the pages."""

    def authenticate(self, request: Request) -> Any:
        found = super().authenticate(request)
        if found:
            _demand_two_factor(found[0])
        return found


def _demand_two_factor(user: User) -> None:
    """Refuse those who have to set up a second factor before anything else."""
    if two_factor_missing(user):
        raise PermissionDenied(SET_UP_FIRST)


class SessionsScheme(SessionScheme):  # type: ignore[no-untyped-call]
    """Described as the framework's own."""

    target_class = Sessions  # type: ignore[assignment]  # the class itself will do, as below


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema and Swagger's Authorize button describe the token."""

    target_class = Tokens
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "Enter `Token`, a space and the token that /api/auth/token/ gave.",
        }
