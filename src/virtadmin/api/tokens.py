"""/api/auth/: a token for a password, and giving it back."""

from axes.helpers import get_cool_off
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in, user_logged_out
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from virtadmin.accounts.models import User
from virtadmin.accounts.services import token_create
from virtadmin.api.authentication import Tokens
from virtadmin.api.caller import caller
from virtadmin.api.strict import Strict
from virtadmin.api.throttling import SignIns

WRONG = (
    "User name, password or one-time code is wrong. Where two-factor sign-in is on, send the code your app shows now, "
    "or a recovery code, as `otp`; each is taken once."
)
"""The same whatever was wrong or missing: who guesses passwords does not learn from it that one was right."""


class CredentialsSerializer(Strict):
    """Who wants a token."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1024, trim_whitespace=False, write_only=True)
    otp = serializers.CharField(
        max_length=40,
        required=False,
        allow_blank=True,
        write_only=True,
        help_text="where two-factor sign-in is on: a code of the app, or a recovery code",
    )


class TokenSerializer(Strict):
    """A token, shown this once: the hub keeps only its hash."""

    token = serializers.CharField()
    expiry = serializers.DateTimeField(allow_null=True)


class TokenResource(ViewSet):
    """Tokens for programs: `Authorization: Token …`."""

    authentication_classes = ()  # asking takes no token, not even an old one: who renews theirs must not fail
    permission_classes = (AllowAny,)
    throttle_classes = (SignIns,)

    @extend_schema(request=CredentialsSerializer, responses=TokenSerializer)
    def token(self, request: Request) -> Response:
        """A token for user name, password and, where two-factor sign-in is on, a one-time code (`otp`).

        Wrong ones answer 401 without saying which was wrong, too many wrong ones 429. 403 where the hub demands
        two-factor sign-in and the user has not set it up.
        """
        given = CredentialsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = _signed_in(request, **given.validated_data)
        token, expiry = token_create(user=user)
        return Response(TokenSerializer({"token": token, "expiry": expiry}).data)

    def get_authenticate_header(self, request: Request) -> str:
        return str(Tokens().authenticate_header(request))


def _signed_in(request: Request, username: str, password: str, otp: str = "") -> User:
    """The user these credentials belong to. Raises AuthenticationFailed, or Throttled while locked out."""
    # The framework's request is handed on, not Django's: axes notes a lock-out on it, which is answered here as JSON
    # and not by axes' own page.
    user = authenticate(request, username=username, password=password, otp=otp)
    if getattr(request, "axes_locked_out", False):
        wait = get_cool_off()
        raise Throttled(wait.total_seconds() if wait else None, "Too many wrong passwords or codes for this user.")
    if not isinstance(user, User):
        raise AuthenticationFailed(WRONG)
    user_logged_in.send(sender=User, request=request, user=user)
    return user


class LogoutResource(ViewSet):
    """The end of a token."""

    authentication_classes = (Tokens,)
    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={204: None})
    def logout(self, request: Request) -> Response:
        """Give back the token this request was made with."""
        token: AuthToken = request.auth  # what `Tokens` authenticates by
        token.delete()
        user_logged_out.send(sender=User, request=request, user=caller(request))
        return Response(status=204)
