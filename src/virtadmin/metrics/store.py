"""The contract of history stores, and the one that is in use."""

from collections.abc import Iterable
from typing import Protocol

from virtadmin.core.registry import Registry
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.stores.sql import SqlStore


class HistoryStore(Protocol):
    """Keeps the catalogue's headline metrics of subjects (a server's id) over time. `tests/metrics/test_stores.py`
    holds every implementation to this."""

    @property
    def name(self) -> str:
        """What it is chosen by."""

    def write(self, rows: Iterable[tuple[int, Observation]]) -> None:
        """Keep these observations, by subject. Times count in whole seconds; what is there already stays."""

    def raw(self, subject: int, metric: str, start: float, end: float) -> list[tuple[int, float]]:
        """(Unix second, value) of each observation in start ≤ time ≤ end that has the metric, the oldest first.

        Raises KeyError for a metric that has no history.
        """

    def forget(self, subject: int) -> None:
        """Delete all that is known of the subject."""

    def prune(self, before: float, batch: int) -> int:
        """Delete raw points older than `before`, those of `batch` subjects at a time so that writers need not wait.

        Returns how many they were. A store that lets go of old points by itself does nothing.
        """


STORES: Registry[HistoryStore] = Registry(SqlStore())


def history() -> HistoryStore:
    """The store in use."""
    return STORES["sql"]
