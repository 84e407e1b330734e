"""What a process counts of its polls, and of its checks of websites, from its start on."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(slots=True)
class Counters:
    """Totals; `as_json` is what a worker says of itself."""

    connects: int = 0
    """Connections begun; of websites, each check makes its own, and they are not counted."""
    polls: int = 0
    """Polls, or checks, that came to an end, good or bad."""
    failures: Counter[str] = field(default_factory=Counter)
    """Those that failed, by stage."""
    skipped: int = 0
    """Polls left out: the last one still ran, or too many connections had to be opened first."""
    dropped: int = 0
    """Polls whose outcome could not be written."""

    def count(self, failed: StrEnum | None) -> None:
        """Count a poll that came to an end."""
        self.polls += 1
        if failed:
            self.failures[failed.value] += 1  # orjson takes no enumeration for a key

    def as_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "connects": self.connects,
            "polls": self.polls,
            "failures": dict(self.failures),
            "skipped": self.skipped,
            "dropped": self.dropped,
        }
