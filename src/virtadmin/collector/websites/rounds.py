"""A worker's share of the websites of a round: check them all at once, and write what comes of it as it comes.

However many shares are under way, one thread of the process waits for results and writes them, that of the newest one:
websites that hang for a minute would else take the threads that everything else is done in.
"""

from collections.abc import Sequence
from functools import lru_cache
from queue import Empty
from threading import Lock
from time import monotonic

from virtadmin.collector import loop
from virtadmin.collector.batches import BATCH, BATCH_SECONDS, batch_write
from virtadmin.collector.websites import selectors
from virtadmin.collector.websites.checks import Checked, Desk
from virtadmin.collector.websites.ingest import ingest
from virtadmin.websites.check.checker import Checker

BEGIN_SECONDS = 10.0


class Results:
    """Takes the results of a desk and has them written."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._taken = 0
        """Results taken so far; whoever holds the lock counts."""
        self._writing = Lock()
        self._newest = object()
        """Stands for the call of `write` that came last."""

    def write(self) -> None:
        """Write results until none is to come any more, or until another thread comes to do so: it writes them all."""
        me = self._newest = object()
        with self._writing:  # who is at it leaves after its batch
            while self._newest is me and self._waiting():
                checked = self._next_batch()
                if checked:
                    batch_write(checked, ingest, self.desk.counters, "websites")

    def _waiting(self) -> bool:
        return self._taken < self.desk.begun

    def _next_batch(self) -> list[Checked]:
        """The results of the next half second, fewer when there are no more to come."""
        found: list[Checked] = []
        end = monotonic() + BATCH_SECONDS
        while self._waiting() and len(found) < BATCH:
            try:
                result = self.desk.results.get(timeout=max(end - monotonic(), 0))
            except Empty:
                break
            self._taken += 1
            if result:
                found.append(result)
        return found


@lru_cache(maxsize=1)
def results() -> Results:
    """This process's desk of checks, and who writes their results."""
    return Results(Desk(Checker))


def share_check(number: int, url_ids: Sequence[int], *, anew: bool = False) -> None:
    """Check this worker's share of a round. `anew`: those too that are being checked just now."""
    questions = selectors.questions(url_ids, number)
    if questions:
        found = results()
        loop.run(found.desk.begin(questions, anew=anew), BEGIN_SECONDS)
        found.write()
