"""The fields of a website, as the API shows and takes them."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from virtadmin.accounts.models import User
from virtadmin.api.caller import caller
from virtadmin.api.server_fields import SharedGroups, TagNames, VisibleServer
from virtadmin.api.strict import StrictModel
from virtadmin.api.website_seen import CertificateSerializer, DetailsSerializer
from virtadmin.servers.checks import SECRET_MAX
from virtadmin.servers.models import Server
from virtadmin.servers.selectors import servers_visible
from virtadmin.websites.models import MAX_BODY, MAX_TEXT, Url, UrlState
from virtadmin.websites.selectors import urls_visible

STATUSES = [*UrlState.Status.values, "paused"]
FIRST = [
    "id", "uri", "check_status_code", "check_ssl", "status_code", "status_code_message", "ssl_start_date",
    "ssl_expiration_date", "ssl_expiration_date_notified", "server",
]  # fmt: skip
FOUND = ["name", "status", "status_reason", "response_time", "last_check"]
SETTINGS = [
    "enabled", "interval", "timeout", "confirmations", "method", "body", "expected_statuses", "text_present",
    "text_absent", "headers", "secret_headers", "username", "password", "follow_redirects", "verify_tls",
    "ca_certificates", "private_allowed",
]  # fmt: skip


class Headers(serializers.DictField):
    """Header names and their values."""

    child = serializers.CharField(allow_blank=True, trim_whitespace=False)


class SecretHeaders(serializers.DictField):
    """Header names and their values, which are never shown: null stands for the one that is stored."""

    child = serializers.CharField(allow_blank=True, allow_null=True, trim_whitespace=False)

    def get_attribute(self, instance: Url) -> dict[str, None]:
        return dict.fromkeys(instance.secret_header_names)


class UrlServer(VisibleServer):
    """The id of a server the caller may see, or that a website they see runs on: what was read can be put back."""

    def get_queryset(self) -> QuerySet[Server]:
        user = caller(self.context["request"])
        seen, under = servers_visible(user).order_by().values("pk"), urls_visible(user).order_by().values("server")
        return Server.objects.filter(Q(pk__in=seen) | Q(pk__in=under))


class UrlGroups(SharedGroups):
    """Names of groups a website is shared with."""

    def shared(self, user: User) -> Q:
        return Q(urls__in=urls_visible(user))


@extend_schema_field(DetailsSerializer(allow_null=True))
class Details(serializers.Field[Any, Any, Any, Any]):
    """What the newest check saw on its way; null before the first."""

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any] | None:
        return DetailsSerializer(value).data if value else None


@extend_schema_field(CertificateSerializer(allow_null=True))
class CertificateField(serializers.Field[Any, Any, Any, Any]):
    """What the server showed, valid or not; null where none was seen."""

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any] | None:
        return CertificateSerializer(value).data if value else None


def _text(most: int, what: str) -> serializers.CharField:
    """A text in which blanks count."""
    return serializers.CharField(
        required=False, allow_blank=True, trim_whitespace=False, max_length=most, help_text=what
    )  # fmt: skip


def _date(name: str) -> serializers.DateTimeField:
    return serializers.DateTimeField(source=f"state.{name}", read_only=True, allow_null=True)


class TriedSerializer(serializers.ModelSerializer[UrlState]):
    """What one check found; nothing of it is kept."""

    status = serializers.ChoiceField(choices=["up", "down"], help_text="what it would be, were every check like this")
    status_reason = serializers.CharField(help_text="`<stage>: what happened`; empty while all is well")
    status_code = serializers.IntegerField(allow_null=True, help_text="of the last answer")
    status_code_message = serializers.CharField(help_text="what that status is called")
    response_time = serializers.FloatField(allow_null=True, help_text="ms from start to end, redirects too")
    details = Details(help_text="what it saw on its way")
    certificate = CertificateField(help_text="what the server showed")

    class Meta:
        model = UrlState
        fields = [
            "status", "status_reason", "status_code", "status_code_message", "response_time", "ssl_start_date",
            "ssl_expiration_date", "details", "certificate",
        ]  # fmt: skip


class UrlSerializer(StrictModel):
    """A website that is checked, with what the newest check found."""

    status_code = serializers.IntegerField(
        source="state.status_code", read_only=True, allow_null=True, help_text="of the newest check's last answer"
    )
    status_code_message = serializers.CharField(
        source="state.status_code_message", read_only=True, help_text="what that status is called"
    )
    ssl_start_date = _date("ssl_start_date")
    ssl_expiration_date = _date("ssl_expiration_date")
    ssl_expiration_date_notified = serializers.BooleanField(
        source="state.ssl_expiration_date_notified", read_only=True, help_text="people know that it expires"
    )
    server = UrlServer(required=False, allow_null=True, help_text="what it runs on")
    status = serializers.ChoiceField(choices=STATUSES, read_only=True)
    status_reason = serializers.CharField(
        source="state.status_reason", read_only=True, help_text="`<stage>: what happened`; empty while all is well"
    )
    response_time = serializers.FloatField(
        source="state.response_time", read_only=True, allow_null=True, help_text="ms from start to end, redirects too"
    )
    last_check = _date("last_check")
    body = _text(MAX_BODY, "sent with POST")
    text_present = _text(MAX_TEXT, "must be in the page; letter case counts")
    text_absent = _text(MAX_TEXT, "must not be in the page")
    headers = Headers(required=False, help_text="sent to this site alone, never on to where a redirect leads")
    secret_headers = SecretHeaders(
        required=False, allow_null=True,
        help_text="like `headers`, but their values are never shown: null = stays as it is, of one or of all",
    )  # fmt: skip
    password = serializers.CharField(
        write_only=True, required=False, allow_null=True, allow_blank=True, trim_whitespace=False,
        max_length=SECRET_MAX, help_text="null = stays as it is",
    )  # fmt: skip
    private_allowed = serializers.BooleanField(
        required=False, allow_null=True,
        help_text="loopback and private addresses may be asked; left out = yes if whoever sets `uri` may allow that",
    )  # fmt: skip
    tags = TagNames(required=False)
    groups = UrlGroups(many=True, slug_field="name", required=False)
    owner = serializers.UUIDField(source="owner.uuid", read_only=True)
    details = Details(source="state.details", read_only=True, help_text="what the newest check saw on its way")
    certificate = CertificateField(source="state.certificate", read_only=True, help_text="what the server showed")

    class Meta:
        model = Url
        fields = [*FIRST, *FOUND, *SETTINGS, "tags", "groups", "owner", "details", "certificate"]
