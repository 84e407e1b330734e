"""From answers to knowledge: parse, derive, write state and history at once, judge limits, tell the pages."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from virtadmin.alerting.contracts import Observed, Reachability
from virtadmin.alerting.services import round_evaluate
from virtadmin.collector import memory
from virtadmin.collector.keeper import Outcome
from virtadmin.collector.memory import Taken
from virtadmin.collector.reachability import Reach, answered, failed, is_news
from virtadmin.core import bus
from virtadmin.core.upsert import upsert
from virtadmin.metrics.derive import derive
from virtadmin.metrics.facts import parse_facts
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.sample import BadSample, Sample, parse
from virtadmin.metrics.store import history
from virtadmin.servers.models import Server, ServerState
from virtadmin.ssh.stages import ConnectionFailure, Stage

logger = logging.getLogger(__name__)

HEADLINE_COLUMNS = (
    "uptime",
    "cpu_usage",
    "ram_usage",
    "ram_total",
    "hdd_usage",
    "hdd_total",
    "network_usage_in",
    "network_usage_out",
)
"""Metrics that the newest state has a column for, under their catalogue names."""
STATE_COLUMNS = (
    "status",
    "status_reason",
    "failures",
    "successes",
    "retry_at",
    "last_update",
    "metrics",
    "facts",
    *HEADLINE_COLUMNS,
)


@dataclass(slots=True)
class Reading:
    """One server's part of a batch, on its way from answer to row."""

    outcome: Outcome
    taken: Taken | None = None
    """The newest sample."""
    observations: list[Observation] = field(default_factory=list)
    facts: dict[str, Any] | None = None
    failure: ConnectionFailure | None = None


def ingest(outcomes: Sequence[Outcome]) -> None:
    """Write the outcomes of a batch of polls and all that follows from them."""
    now = time.time()
    ids = [outcome.server_id for outcome in outcomes]
    remembered = memory.samples_load(outcome.server_id for outcome in outcomes if not outcome.facts)
    with transaction.atomic():
        servers = {server.pk: server for server in Server.objects.select_related("state").filter(pk__in=ids)}
        known = [outcome for outcome in outcomes if outcome.server_id in servers]  # the others were deleted meanwhile
        readings = [read(outcome, servers[outcome.server_id], remembered.get(outcome.server_id)) for outcome in known]
        _write(readings, servers, now)
    memory.samples_save({reading.outcome.server_id: reading.taken for reading in readings if reading.taken})
    bus.publish("servers", {"ids": [reading.outcome.server_id for reading in readings]})


def read(outcome: Outcome, server: Server, previous: Sample | None) -> Reading:
    """Parse and derive what a server answered; an answer that cannot be read is a failure of the probe."""
    reading = Reading(outcome, failure=outcome.failure)
    try:
        if outcome.facts is not None:
            reading.facts = parse_facts(outcome.facts)
        link_speed = server.link_speed or (reading.facts or server.state.facts).get("link_speed")
        for at, answer in outcome.answers:
            sample = parse(answer)
            observed = derive(previous, sample, now=at, link_speed=link_speed, disabled=server.metrics_disabled)
            reading.observations = [observed]
            reading.taken = Taken(at, sample)
            previous = sample
    except BadSample as error:
        reading.failure = ConnectionFailure(Stage.PROBE_FAILED, error.message)
    if reading.failure:
        reading.observations = []
    return reading


def _write(readings: Sequence[Reading], servers: dict[int, Server], now: float) -> None:
    news: list[Reachability] = []
    for reading in readings:
        state = servers[reading.outcome.server_id].state
        before = reach_of(state)
        after = failed(before, reading.failure.stage, now=now) if reading.failure else answered(before, now=now)
        state_apply(state, reading, after)
        if is_news(before, after):
            news.append(_news(state, reading))
    upsert(ServerState, [servers[reading.outcome.server_id].state for reading in readings], ["server"], STATE_COLUMNS)
    points = [(reading.outcome.server_id, seen) for reading in readings for seen in reading.observations]
    history().write(points)
    observed = [Observed(pk, servers[pk].interval, seen) for pk, seen in points]
    round_evaluate(observed=observed, reachability=news, now=now)


def reach_of(state: ServerState) -> Reach:
    """The state machine's view of a stored state."""
    stage, _, _ = state.status_reason.partition(":")
    known = Stage(stage) if stage in Stage._value2member_map_ else None
    return Reach(state.status, state.failures, state.successes, state.retry_at, known)


def state_apply(state: ServerState, reading: Reading, reach: Reach) -> None:
    """Put what is known now into the row of the newest state; a failure leaves the newest numbers as they were."""
    state.status, state.failures, state.successes = reach.status, reach.failures, reach.successes
    state.retry_at = reach.retry_at
    if reading.failure:
        state.status_reason = str(reading.failure)[:300]
    elif reach.stage is None:
        state.status_reason = ""
    if reading.facts is not None:
        state.facts = reading.facts
    for seen in reading.observations:
        state.last_update = datetime.fromtimestamp(seen.time, UTC)
        state.metrics = seen.as_json()
        for name in HEADLINE_COLUMNS:
            setattr(state, name, seen.values.get(name))


def _news(state: ServerState, reading: Reading) -> Reachability:
    failure = reading.failure
    if failure is None:
        return Reachability(state.server_id, lost=False, stage="", reason="", hint="")
    return Reachability(state.server_id, lost=True, stage=failure.stage, reason=failure.message, hint=failure.hint)
