"""Serializers that refuse what they do not know, so that a misspelt field is told and not lost."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers


class Strict(serializers.Serializer[Any]):
    """Unknown fields are refused by name; read-only ones are ignored, so that what was read can be sent back."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else []
        refused = {name: ["There is no such field."] for name in unknown}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**error.detail, **refused}) from None  # type: ignore[dict-item]
        if refused:
            raise serializers.ValidationError(refused)
        return value


class StrictModel(Strict, serializers.ModelSerializer[Any]):
    """The same for a model. What spans several fields is judged by the services, not here."""

    def get_unique_together_validators(self) -> list[Any]:
        return []

    def get_unique_for_date_validators(self) -> list[Any]:
        return []
