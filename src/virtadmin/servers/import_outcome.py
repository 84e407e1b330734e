"""What became of the rows of an import, in words. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from virtadmin.servers.models import ImportRow, InitialServerProfile

Status = InitialServerProfile.Status


class Fate(StrEnum):
    """How far a row is. The words are those of an enrolment's steps."""

    DONE = "done"
    FAILED = "failed"
    NOW = "now"
    TODO = "todo"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row's fate, and what there is to say of it."""

    fate: Fate
    text: str


OF_STATUS = {
    Status.SUCCEEDED: Fate.DONE,
    Status.RUNNING: Fate.NOW,
    Status.PENDING: Fate.TODO,
    Status.FAILED: Fate.FAILED,
}


def outcome(row: ImportRow) -> Outcome:
    """What became of the row: its run counts, unless it could not be begun again."""
    run = row.profile
    if run is not None and (run.status != Status.FAILED or not row.refusal):
        return _of_run(run)
    if not row.chosen:
        return Outcome(Fate.LEFT, "left out")
    return Outcome(Fate.FAILED, row.refusal) if row.refusal else Outcome(Fate.TODO, "not begun")


def _of_run(run: InitialServerProfile) -> Outcome:
    fate = OF_STATUS[Status(run.status)]
    texts = {Fate.DONE: "watched", Fate.NOW: run.get_step_display(), Fate.TODO: "waits for its turn"}
    return Outcome(fate, texts.get(fate) or last_words(run.log))


def last_words(log: str) -> str:
    """The last thing a log says: for a failed run, what went wrong and what to do."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return lines[-1].removeprefix("Failed: ") if lines else ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows are where."""

    done: int
    failed: int
    waiting: int

    @property
    def all(self) -> int:
        """Those that are to be added."""
        return self.done + self.failed + self.waiting

    @property
    def ended(self) -> int:
        """Those of which nothing more will come."""
        return self.done + self.failed


def tally(outcomes: Iterable[Outcome]) -> Tally:
    """The rows counted; those left out do not."""
    counts = Counter(one.fate for one in outcomes)
    return Tally(counts[Fate.DONE], counts[Fate.FAILED], counts[Fate.NOW] + counts[Fate.TODO])
