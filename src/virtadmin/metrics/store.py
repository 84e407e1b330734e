"""The contract of history stores, and the one that is in use."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from django.conf import settings

from virtadmin.core.registry import Registry
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.stores.sql import SqlStore
from virtadmin.metrics.stores.victoriametrics import VictoriaMetricsStore
from virtadmin.metrics.thinning import Point

Trends = Mapping[int, list[tuple[int, float]]]
"""By subject; one with nothing to tell is left out."""
MOST_POINTS = 1000
"""More no chart can show."""


class HistoryStore(Protocol):
    """Keeps the series of `virtadmin.metrics.series` of subjects over time: of a server (its id) the catalogue's
    headline metrics, and `mount:PATH`, the GiB in use of each mount; of a website (minus its id) those of websites.
    `tests/metrics/test_stores.py` holds every implementation to this. A name that is no such series raises KeyError,
    one that the subject has none of gives nothing; a store that cannot be asked raises HistoryAway."""

    @property
    def name(self) -> str:
        """What it is chosen by."""

    def write(self, rows: Iterable[tuple[int, Observation]]) -> None:
        """Keep these observations, by subject. Times count in whole seconds; of two of one second one is kept.

        What comes too late to be kept, or cannot be kept for now, is dropped and counted in the log.
        """

    def raw(self, subject: int, metric: str, start: float, end: float) -> list[tuple[int, float]]:
        """(Unix second, value) of each observation in start ≤ time ≤ end that has the series, the oldest first."""

    def range(self, subject: int, metric: str, start: float, end: float, points: int) -> list[Point]:
        """At most `points` points from `start` to `end`, the oldest first, as fine as the store still has them.

        Each has the mean, the least and the greatest of the values it stands for; where there was none, no point is.
        """

    def trends(self, subjects: Iterable[int], metric: str, start: float, end: float) -> Trends:
        """How a metric went for many subjects at once: (its beginning, mean) of each stretch of 5 minutes in
        start ≤ time < end that is summed up already, the oldest first. Few queries, however many subjects.
        """

    def forget(self, subject: int) -> None:
        """Delete all that is known of the subject."""

    def roll(self, now: float) -> None:
        """Sum up what is over by `now` (Unix seconds). A store that does so by itself does nothing."""

    def prune(self, now: float) -> int:
        """Delete what is kept no longer, in small transactions so that writers need not wait.

        Returns how many points they were. A store that lets go of old points by itself does nothing.
        """


STORES: Registry[HistoryStore] = Registry(SqlStore(), VictoriaMetricsStore())


def history() -> HistoryStore:
    """The store in use: what `HISTORY_URL` names, or else the hub's own database."""
    return STORES["victoriametrics" if settings.HISTORY_URL else "sql"]
