"""/api/server-imports/: many servers at once, from a list."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from virtadmin.accounts.models import User
from virtadmin.api.caller import caller
from virtadmin.api.initial_server_profiles import LoginSerializer
from virtadmin.api.resource import Resource
from virtadmin.api.strict import Strict, StrictModel
from virtadmin.servers import services
from virtadmin.servers.import_outcome import Fate, outcome
from virtadmin.servers.import_registry import FORMATS
from virtadmin.servers.models import ImportRow, ServerImport
from virtadmin.servers.selectors import import_rows, imports_visible

FATES = {Fate.DONE: "succeeded", Fate.FAILED: "failed", Fate.NOW: "running", Fate.TODO: "pending", Fate.LEFT: "left"}


class ShownKeySerializer(serializers.Serializer[Any]):
    """A key the host has shown."""

    algorithm = serializers.CharField()
    fingerprint = serializers.CharField()


class RefusalSerializer(serializers.Serializer[Any]):
    """A line that cannot be imported."""

    line = serializers.IntegerField()
    what = serializers.CharField(allow_blank=True)
    why = serializers.CharField()


class ImportRowSerializer(serializers.Serializer[Any]):
    """One server of the list, and what became of it."""

    id = serializers.IntegerField()
    line = serializers.IntegerField()
    ip_address = serializers.CharField()
    port = serializers.IntegerField()
    username = serializers.CharField(help_text="empty: the one given at the start")
    name = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    host_key_fingerprint = serializers.CharField(help_text="as the list names it; the host must show it")
    chosen = serializers.BooleanField()
    shown = ShownKeySerializer(many=True, help_text="the keys the host has shown, the preferred first")
    looked = serializers.BooleanField(help_text="the host was asked for its keys")
    status = serializers.ChoiceField(choices=list(FATES.values()))
    status_reason = serializers.CharField()
    initial_server_profile = serializers.IntegerField(allow_null=True, help_text="its newest run")
    server = serializers.IntegerField(allow_null=True)


class ImportSummarySerializer(StrictModel):
    """A list of servers as it was read. The list itself is not kept."""

    refusals = serializers.SerializerMethodField()

    class Meta:
        model = ServerImport
        fields = ["id", "format", "username", "created", "started", "refusals"]

    @extend_schema_field(RefusalSerializer(many=True))
    def get_refusals(self, batch: ServerImport) -> list[dict[str, Any]]:
        return [{"line": line, "what": what, "why": why} for line, what, why in batch.refusals]


class ServerImportSerializer(ImportSummarySerializer):
    """An import with its rows."""

    rows = serializers.SerializerMethodField()

    class Meta(ImportSummarySerializer.Meta):
        fields = [*ImportSummarySerializer.Meta.fields, "rows"]

    @extend_schema_field(ImportRowSerializer(many=True))
    def get_rows(self, batch: ServerImport) -> list[dict[str, Any]]:
        return [dict(row_shown(row)) for row in import_rows(batch)]


def row_shown(row: ImportRow) -> dict[str, Any]:
    """A row as the API shows it."""
    end, run = outcome(row), row.profile
    return {
        "id": row.pk,
        "line": row.line,
        "ip_address": row.ip_address,
        "port": row.port,
        "username": row.username,
        "name": row.name,
        "tags": row.tags,
        "host_key_fingerprint": row.fingerprint,
        "chosen": row.chosen,
        "shown": [{"algorithm": algorithm, "fingerprint": fingerprint} for algorithm, fingerprint in row.shown],
        "looked": row.looked,
        "status": FATES[end.fate],
        "status_reason": end.text,
        "initial_server_profile": run.pk if run else None,
        "server": run.server_id if run else None,
    }


class ListSerializer(Strict):
    """A list to be read."""

    text = serializers.CharField(trim_whitespace=False, help_text="the list itself")
    format = serializers.ChoiceField(choices=FORMATS.names(), required=False, help_text="left out: found out")
    username = serializers.CharField(default="root", max_length=100, help_text="the login of rows that name none")


class RowChangeSerializer(Strict):
    """What is changed of a row before the start."""

    id = serializers.IntegerField()
    chosen = serializers.BooleanField(required=False)
    name = serializers.CharField(required=False, allow_blank=True, max_length=100)
    username = serializers.CharField(required=False, allow_blank=True, max_length=100)
    tags = serializers.ListField(child=serializers.CharField(max_length=50), required=False)


class StartSerializer(LoginSerializer):
    """A login for all, and what is changed of the rows first."""

    trust_shown = serializers.BooleanField(default=False, help_text="trust the keys shown where the list names none")
    rows = RowChangeSerializer(many=True, required=False)

    class Meta(LoginSerializer.Meta):
        fields = [*LoginSerializer.Meta.fields, "trust_shown", "rows"]


class ServerImportResource(ListModelMixin, RetrieveModelMixin, Resource):
    """Adding many servers: post a list, look at the rows and the keys their hosts show, start, follow the rows."""

    queryset = ServerImport.objects.all()
    verbs = {"start": "change", "look": "change"}
    ordering_fields = {name: name for name in ("id", "created", "started")}

    def get_serializer_class(self) -> type[ImportSummarySerializer]:
        return ImportSummarySerializer if self.action == "list" else ServerImportSerializer

    def seen_by(self, user: User) -> QuerySet[ServerImport]:
        return imports_visible(user)

    @extend_schema(request=ListSerializer, responses={201: ServerImportSerializer})
    def create(self, request: Request) -> Response:
        """Read a list: lines, an SSH config, an Ansible inventory or CSV. Its hosts are then asked for their keys."""
        given = ListSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        fields = given.validated_data
        batch = services.import_create(
            actor=caller(request),
            text=fields["text"],
            format_name=fields.get("format", ""),
            username=fields["username"],
        )
        return self.created(request, batch)

    @extend_schema(request=StartSerializer, responses={202: ServerImportSerializer})
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: int) -> Response:
        """Enrol the chosen rows; later, with another login, those that failed. Each is bound to the key shown."""
        batch = self.get_object()
        given = StartSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        fields = dict(given.validated_data)
        rows = {row.pop("id"): row for row in fields.pop("rows", [])}
        services.import_change(batch=batch, actor=caller(request), rows=rows)
        services.import_start(batch=batch, actor=caller(request), **fields)
        return self.shown(batch, status=202)

    @extend_schema(request=None, responses={202: ServerImportSerializer})
    @action(detail=True, methods=["post"])
    def look(self, request: Request, pk: int) -> Response:
        """Ask the hosts once more that could not be asked for their keys."""
        batch = self.get_object()
        services.import_look_again(batch=batch, actor=caller(request))
        return self.shown(batch, status=202)
