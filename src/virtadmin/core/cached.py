"""How values stand in the cache: as JSON. Django's own way is pickle, which runs what it reads: whoever could write to
Valkey would own the hub."""

import json
from typing import Any


class JsonSerializer:
    """For Django's Redis cache; whole numbers stay bare, so that Valkey can count them up."""

    def dumps(self, value: Any) -> int | str:
        """The value as it is stored. Raises TypeError for what JSON has no form for."""
        return value if type(value) is int else json.dumps(value)

    def loads(self, stored: bytes) -> Any:
        """The value again; lists for tuples. Raises ValueError for what is no JSON."""
        return json.loads(stored)
