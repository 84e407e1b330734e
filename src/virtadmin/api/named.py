"""A field for something that is given by its name."""

from typing import Any

from rest_framework import serializers


class Named(serializers.SlugRelatedField[Any]):
    """Refuses a name with U+0000 as it refuses any that is unknown: PostgreSQL will not even look for it."""

    def to_internal_value(self, data: Any) -> Any:
        """What is named so."""
        if isinstance(data, str) and "\0" in data:
            self.fail("does_not_exist", slug_name=self.slug_field, value=data)
        return super().to_internal_value(data)
