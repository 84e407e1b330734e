"""Fields that silences, maintenance windows, recipients and templates share."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from virtadmin.accounts.selectors import visible
from virtadmin.api.caller import caller
from virtadmin.api.server_fields import VisibleServer
from virtadmin.servers.checks import TAG_MAX
from virtadmin.websites.models import Url


class VisibleUrl(serializers.PrimaryKeyRelatedField[Url]):
    """The id of a website the caller may see."""

    def get_queryset(self) -> QuerySet[Url]:
        return visible(Url.objects.all(), caller(self.context["request"]))


class TagName(serializers.CharField):
    """The name of a tag; null where the rule is not for a tag."""

    def __init__(self, **options: Any) -> None:
        optional = {"allow_null": True, "allow_blank": True, "required": False}
        super().__init__(**{"max_length": TAG_MAX, **optional, **options})

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """Null is no tag, which services call an empty name."""
        is_empty, value = super().validate_empty_values(data)
        return is_empty, "" if is_empty and value is None else value

    def to_representation(self, value: Any) -> str:
        return str(value)


def owner() -> serializers.UUIDField:
    """Who made it."""
    return serializers.UUIDField(source="owner.uuid", read_only=True)


def server() -> VisibleServer:
    """The server it is for."""
    return VisibleServer(required=False, allow_null=True)


def url() -> VisibleUrl:
    """The website it is for."""
    return VisibleUrl(required=False, allow_null=True, help_text="the id of a website")
