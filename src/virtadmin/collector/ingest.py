"""From answers to knowledge: parse, derive, write state and history at once, judge limits, tell the pages."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from virtadmin.alerting.contracts import Observed, Reachability
from virtadmin.alerting.services import round_evaluate
from virtadmin.collector import memory
from virtadmin.collector.keeper import Before, Outcome
from virtadmin.collector.memory import Taken
from virtadmin.collector.reachability import answered, failed, is_news
from virtadmin.collector.states import Change, Known, states_load, states_save
from virtadmin.core import bus
from virtadmin.core.retrying import retried
from virtadmin.metrics.derive import derive
from virtadmin.metrics.facts import parse_facts
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.sample import BadSample, parse
from virtadmin.metrics.store import history
from virtadmin.ssh.stages import ConnectionFailure, Stage


@dataclass(slots=True)
class Reading:
    """What one server's answers say: its samples, the oldest first, or why there are none."""

    server_id: int
    round: int = 0
    revision: int = 0
    before: Before = field(default_factory=Before)
    samples: list[Taken] = field(default_factory=list)
    facts: dict[str, Any] | None = None
    failure: ConnectionFailure | None = None


def ingest(outcomes: Sequence[Outcome]) -> None:
    """Write the outcomes of a batch of polls and all that follows from them.

    Outcomes of servers that were deleted or got other keys meanwhile, and of rounds older than what is written already,
    are dropped.
    """
    now = time.time()
    readings = [read(outcome, now) for outcome in outcomes]  # before the transaction: others can write meanwhile
    readings.sort(key=attrgetter("server_id"))  # two who write the same rows in one order wait and do not lock up
    newest_round = memory.round_newest()
    ids = [reading.server_id for reading in readings]
    tries: list[None] = []

    def write() -> list[Reading]:
        known = states_load(ids, lock=bool(tries))
        tries.append(None)
        current = [
            reading
            for reading in readings
            if (before := known.get(reading.server_id))
            and reading.revision == before.revision
            and not is_late(reading.round, before.round, newest_round)
        ]
        _write(current, known, now)
        return current

    current = retried(write)
    for reading in current:
        if reading.samples:
            reading.before.totals = reading.samples[-1].sample.totals()
    memory.samples_save({reading.server_id: reading.samples[-1] for reading in current if reading.samples})
    bus.publish("servers", {"ids": [reading.server_id for reading in current]})


def is_late(number: int, written: int, newest: int | None) -> bool:
    """Whether a result of round `number` comes after one of a newer round was written.

    `newest`: the round begun last, None = not known. Rounds begin to count anew when Valkey loses its memory, so a
    number that is higher than the newest is of before that, and says nothing.
    """
    if newest is None:
        return False
    return number > newest or number < written <= newest


def read(outcome: Outcome, now: float) -> Reading:
    """Parse what a server answered; an answer that cannot be read is a failure of the probe. None came after `now`: if
    its time says so, the clock was put back meanwhile."""
    reading = Reading(outcome.server_id, outcome.round, outcome.revision, outcome.before, failure=outcome.failure)
    try:
        if outcome.facts is not None:
            reading.facts = parse_facts(outcome.facts)
        samples = [Taken(min(at, now), parse(answer)) for at, answer in outcome.answers]
    except BadSample as error:
        reading.failure = ConnectionFailure(Stage.PROBE_FAILED, error.message)
    else:
        reading.samples = [] if reading.failure else samples
    return reading


def observe(reading: Reading, known: Known) -> Observation | None:
    """The observation of the newest sample, derived with the one before it."""
    if not reading.samples:
        return None
    at, newest = reading.samples[-1]
    previous = reading.samples[-2].sample if len(reading.samples) > 1 else reading.before.totals
    link_speed = known.link_speed or (reading.facts or {}).get("link_speed")
    return derive(previous, newest, now=at, link_speed=link_speed, disabled=known.metrics_disabled)


def _write(readings: Sequence[Reading], known: Mapping[int, Known], now: float) -> None:
    changes: list[Change] = []
    observed: list[Observed] = []
    news: list[Reachability] = []
    for reading in readings:
        pk, before = reading.server_id, known[reading.server_id]
        seen = observe(reading, before)
        if seen:
            observed.append(Observed(pk, before.interval, seen))
        change = changed(reading, before, seen, now)
        changes.append(change)
        if is_news(before.reach, change.reach):
            news.append(_news(reading))
    states_save(changes)
    history().write((seen.server_id, seen.observation) for seen in observed)
    round_evaluate(observed=observed, reachability=news, now=now)


def changed(reading: Reading, before: Known, seen: Observation | None, now: float) -> Change:
    """What a reading changes in a server's state."""
    failure = reading.failure
    reach = failed(before.reach, failure.stage, now=now) if failure else answered(before.reach, now=now)
    reason = str(failure) if failure else "" if reach.stage is None else before.reason
    return Change(reading.server_id, reading.round, reach, reason, seen, reading.facts)


def _news(reading: Reading) -> Reachability:
    failure = reading.failure
    if failure is None:
        return Reachability(reading.server_id, lost=False)
    return Reachability(reading.server_id, lost=True, stage=failure.stage, reason=failure.message, hint=failure.hint)
