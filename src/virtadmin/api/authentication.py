"""Sign-in by token: `Authorization: Token …`."""

from typing import Any

from auditlog.context import auditlog_value
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request


class Tokens(TokenAuthentication):  # type: ignore[misc]
    """Knox's tokens (stored hashed). The change log names the token's user as the one who did it."""

    def authenticate(self, request: Request) -> Any:
        found = super().authenticate(request)
        if found:
            # auditlog's middleware ran before the token was read, so it knew of nobody: what it set up is completed.
            auditlog_value.get({})["actor"] = found[0]
        return found

    def authenticate_credentials(self, token: bytes) -> Any:
        if not token.isascii():
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)


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
