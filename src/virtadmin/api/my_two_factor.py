"""/api/me/two-factor/: setting up two-factor sign-in, new recovery codes, and switching it off."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from virtadmin.accounts.guessing import guesses_counted
from virtadmin.accounts.models import User
from virtadmin.accounts.totp import enrolment_uri
from virtadmin.accounts.two_factor import (
    recovery_codes_left,
    recovery_codes_renew,
    two_factor_begin,
    two_factor_confirm,
    two_factor_demanded,
    two_factor_end,
    two_factor_on,
)
from virtadmin.api.caller import caller
from virtadmin.api.strict import Strict


class TwoFactorSerializer(serializers.Serializer[Any]):
    """Whether signing in takes a code."""

    enabled = serializers.BooleanField()
    demanded = serializers.BooleanField(help_text="by REQUIRE_TOTP")
    recovery_codes_left = serializers.IntegerField()


class SecretSerializer(serializers.Serializer[Any]):
    """What the app needs; nothing is in force before a code confirms it."""

    secret = serializers.CharField(help_text="base32; SHA-1, six digits, 30 s")
    uri = serializers.CharField(help_text="the same for a QR code: otpauth://totp/…")


class CodeSerializer(Strict):
    """A code."""

    code = serializers.CharField(max_length=40, write_only=True)


class PasswordAndCodeSerializer(CodeSerializer):
    """What it takes to switch it on or off."""

    password = serializers.CharField(max_length=1024, trim_whitespace=False, write_only=True)


class RecoveryCodesSerializer(serializers.Serializer[Any]):
    """Ten codes that each stand in for the app once; shown this once."""

    recovery_codes = serializers.ListField(child=serializers.CharField())


class MyTwoFactorResource(ViewSet):
    """The caller's second factor. Wrong codes and passwords count as failed sign-ins: 409 while locked."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="me_two_factor_read", responses=TwoFactorSerializer)
    def retrieve(self, request: Request) -> Response:
        """Whether it is on, and whether it has to be."""
        return Response(_state(caller(request)))

    @extend_schema(operation_id="me_two_factor_begin", request=None, responses={201: SecretSerializer})
    def begin(self, request: Request) -> Response:
        """Get a key for the app, a new one each time. 409 when it is on already."""
        user = caller(request)
        secret = two_factor_begin(user=user).secret
        uri = enrolment_uri(secret, user.get_username(), settings.HUB_NAME)
        return Response({"secret": secret, "uri": uri}, status=201)

    @extend_schema(
        operation_id="me_two_factor_confirm", request=PasswordAndCodeSerializer, responses=RecoveryCodesSerializer
    )
    def confirm(self, request: Request) -> Response:
        """Switch it on by the password and the first code the app shows."""
        given = _given(PasswordAndCodeSerializer, request)
        with guesses_counted(request, caller(request)):
            codes = two_factor_confirm(user=caller(request), now=timezone.now(), **given)
        return Response({"recovery_codes": codes})

    @extend_schema(operation_id="me_two_factor_renew", request=CodeSerializer, responses=RecoveryCodesSerializer)
    def renew(self, request: Request) -> Response:
        """Ten new recovery codes; the old ones end."""
        code = _given(CodeSerializer, request)["code"]
        with guesses_counted(request, caller(request)):
            codes = recovery_codes_renew(user=caller(request), code=code, now=timezone.now())
        return Response({"recovery_codes": codes})

    @extend_schema(operation_id="me_two_factor_end", request=PasswordAndCodeSerializer, responses=TwoFactorSerializer)
    def end(self, request: Request) -> Response:
        """Switch it off, by password and code."""
        given = _given(PasswordAndCodeSerializer, request)
        with guesses_counted(request, caller(request)):
            two_factor_end(user=caller(request), now=timezone.now(), **given)
        return Response(_state(caller(request)))


def _given(form: type[Strict], request: Request) -> dict[str, Any]:
    serializer = form(data=request.data)
    serializer.is_valid(raise_exception=True)
    fields: dict[str, Any] = serializer.validated_data
    return fields


def _state(user: User) -> dict[str, Any]:
    left = recovery_codes_left(user)
    return {"enabled": two_factor_on(user), "demanded": two_factor_demanded(user), "recovery_codes_left": left}
