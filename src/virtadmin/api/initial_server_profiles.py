"""/api/initial-server-profile/: adding servers."""

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from virtadmin.accounts.models import User
from virtadmin.api.caller import caller
from virtadmin.api.resource import Resource
from virtadmin.api.strict import StrictModel
from virtadmin.servers import services
from virtadmin.servers.models import InitialServerProfile
from virtadmin.servers.selectors import profiles_visible, waits_for_script

SECRETS = ("password", "ssh_key", "ssh_key_passphrase")
WRITE_ONLY = {name: {"write_only": True, "trim_whitespace": False} for name in SECRETS}


class ProfileSerializer(StrictModel):
    """An address and a login, and the run that came of them. Secrets go in and never come out."""

    by_hand = serializers.BooleanField(
        default=False, help_text="no login is given: run `script` on the server, then POST …/{id}/verify/"
    )
    script = serializers.SerializerMethodField(
        help_text="by hand, until it is verified: what to run on the server, as root; else empty"
    )

    class Meta:
        model = InitialServerProfile
        fields = [
            "id", "ip_address", "port", "username", *SECRETS, "name", "host_key_fingerprint",
            "by_hand", "script", "action", "status", "step", "log", "server", "created", "finished",
        ]  # fmt: skip
        extra_kwargs = WRITE_ONLY

    def get_script(self, profile: InitialServerProfile) -> str:
        return services.profile_script(profile=profile) if waits_for_script(profile) else ""


class LoginSerializer(StrictModel):
    """A login on a server; used once, erased when the run ends."""

    username = serializers.CharField(max_length=100, default="root")

    class Meta:
        model = InitialServerProfile
        fields = ["username", *SECRETS]
        extra_kwargs = WRITE_ONLY


class ProfileFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What `GET /api/initial-server-profile/` can be narrowed by."""

    ip_address = django_filters.CharFilter(lookup_expr="iexact")

    class Meta:
        model = InitialServerProfile
        fields = ["status", "action", "server"]


class ProfileResource(ListModelMixin, RetrieveModelMixin, Resource):
    """Adding servers: post an address and a login, then follow status, step and log."""

    queryset = InitialServerProfile.objects.all()
    serializer_class = ProfileSerializer
    filterset_class = ProfileFilter
    search_fields = ("name", "ip_address")
    ordering_fields = {name: name for name in ("id", "created", "finished", "status", "name", "ip_address")}
    verbs = {"verify": "add"}

    def seen_by(self, user: User) -> QuerySet[InitialServerProfile]:
        return profiles_visible(user).select_related("server")

    @extend_schema(responses={201: ProfileSerializer})
    def create(self, request: Request) -> Response:
        """Enrol a server: with a login, or by hand. An address already watched is repaired."""
        profile = services.profile_create(owner=caller(request), **self.checked(request))
        answer = self.shown(profile, status=201)
        answer["Location"] = f"{request.path}{profile.pk}/"
        return answer

    def destroy(self, request: Request, pk: int) -> Response:
        """Forget a run that has ended."""
        services.profile_delete(profile=self.get_object())
        return Response(status=204)

    @extend_schema(request=None, responses={202: ProfileSerializer})
    @action(detail=True, methods=["post"])
    def verify(self, request: Request, pk: int) -> Response:
        """The script was run: let the hub sign in with its own key and begin to watch. May be tried again."""
        profile = self.get_object()
        services.profile_verify(profile=profile, actor=caller(request))
        return self.shown(profile, status=202)
