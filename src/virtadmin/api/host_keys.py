"""/api/host-keys/: what a host shows, before anything secret is sent to it."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from virtadmin.api.caller import caller
from virtadmin.api.strict import Strict
from virtadmin.servers.checks import PORT_MAX
from virtadmin.servers.models import Server
from virtadmin.servers.services import host_keys_fetch


class HostSerializer(Strict):
    """Where to look."""

    ip_address = serializers.CharField(max_length=255, help_text="IP address or host name")
    port = serializers.IntegerField(default=22, min_value=1, max_value=PORT_MAX)


class HostKeySerializer(serializers.Serializer[Any]):
    """One key of the host."""

    algorithm = serializers.CharField(help_text="such as ssh-ed25519")
    fingerprint = serializers.CharField(help_text="SHA256:…, as `ssh-keygen -lf` prints it on the host")


class HostKeysSerializer(serializers.Serializer[Any]):
    """What the host shows, the key the hub prefers first."""

    keys = HostKeySerializer(many=True)


class HostKeysResource(ViewSet):
    """The keys of a host: compare one with its console, then name it as `host_key_fingerprint` when you enrol."""

    queryset = Server.objects.none()
    """Whose permissions are asked: those of adding a server."""
    verbs: ClassVar[dict[str, str]] = {}

    @extend_schema(request=HostSerializer, responses=HostKeysSerializer)
    def create(self, request: Request) -> Response:
        """Fetch a host's keys. No login is sent. 502 names the stage that failed: dns, refused, timeout, …"""
        given = HostSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        keys = host_keys_fetch(actor=caller(request), **given.validated_data)
        return Response(HostKeysSerializer({"keys": keys}).data)
