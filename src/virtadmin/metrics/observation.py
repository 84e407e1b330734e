"""What is known of one subject at one time."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Observation:
    """Values by the catalogue's names, in its units; absent = not known this time. Details are for people."""

    time: float
    """Unix seconds, by the hub's clock."""
    values: dict[str, float] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {"time": self.time, "values": self.values, "details": self.details}
