"""The OpenAPI schema: operation ids, and the one shape of errors."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from virtadmin.api.problems import MEDIA_TYPE

VERBS = {"retrieve": "read", "destroy": "delete"}
"""What operation ids call an action; all others keep their name."""


class FieldProblemSerializer(serializers.Serializer[Any]):
    """What is wrong with one field."""

    field = serializers.CharField(help_text="its name; nested ones with dots between; empty = the whole body")
    message = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem details."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FieldProblemSerializer(many=True)  # type: ignore[assignment]  # a field here, not what the class has


class Schema(AutoSchema):
    """Operation ids are `<resource>_<action>` (server_list, server_by_user, …); every error is a problem."""

    def get_operation_id(self) -> str:
        resource = self._tokenize_path()[0].replace("-", "_")
        action: str = self.view.action  # type: ignore[attr-defined]  # every resource is a view set
        return f"{resource}_{VERBS.get(action, action)}"

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is not None:
            shape = self.resolve_serializer(ProblemSerializer, "response").ref
            operation["responses"]["default"] = {
                "description": "What went wrong, as problem details (RFC 9457)",
                "content": {MEDIA_TYPE: {"schema": shape}},
            }
        return operation


def refuse_unknown_fields(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Post-processing: request bodies take no fields but those named."""
    for name, component in result["components"]["schemas"].items():
        if name.endswith("Request"):
            component["additionalProperties"] = False
    return result
