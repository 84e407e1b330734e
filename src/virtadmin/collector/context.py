"""What a server was busy with when a limit was crossed: its heaviest processes, asked at that moment.

The message about the incident waits for them, two seconds and a half at most (`alerting.drafts`). So each server gets
two seconds; and where very many cross their limits at once, which no list of processes explains, some are asked.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import redis
from kombu.exceptions import OperationalError

from virtadmin.alerting.models import Incident
from virtadmin.alerting.services import incident_context_save
from virtadmin.collector import errands
from virtadmin.collector.holders import holders
from virtadmin.collector.sending import worker_send
from virtadmin.core.retrying import retried
from virtadmin.metrics.answer import BadSample
from virtadmin.metrics.top import parse_top
from virtadmin.ssh.stages import ConnectionFailure

logger = logging.getLogger(__name__)
KINDS = frozenset({Incident.Kind.CPU.value, Incident.Kind.RAM.value})
"""The incidents that processes explain."""
SECONDS = 2.0
MOST = 50
"""Servers asked of those whose limits were crossed in one batch of a round."""


def incidents_look(incidents: Iterable[tuple[int, int, str]]) -> None:
    """Have the processes looked at for those of the incidents (id, server's id, kind) that they explain.

    The workers that hold the servers' channels do it. Never raises: a message without processes is a message too.
    """
    wanted: dict[int, list[int]] = {}
    for incident_id, server_id, kind in incidents:
        if kind in KINDS:
            wanted.setdefault(server_id, []).append(incident_id)
    if not wanted:
        return
    some = sorted(wanted)[:MOST]
    try:
        for name, server_ids in holders(some).items():
            pairs = [(server_id, wanted[server_id]) for server_id in server_ids]
            worker_send(name, "collector.context", (pairs,))
    except (redis.RedisError, OperationalError) as error:
        logger.warning("the processes of %d servers are not looked at: %s", len(some), error)


def processes_look(wanted: Mapping[int, Sequence[int]]) -> None:
    """Ask the servers for their heaviest processes and keep these with the incidents, whose ids are given by server.

    Where they cannot be told, that is kept too, so that the message need not wait.
    """
    for answers in errands.run(dict.fromkeys(wanted, "top"), each=SECONDS, total=SECONDS):
        found = {pk: heaviest(answer, pk) for pk, answer in answers.items()}
        retried(partial(_save, {incident_id: found[pk] for pk in found for incident_id in wanted[pk]}))


def _save(contexts: Mapping[int, list[dict[str, Any]]]) -> None:
    """All in one transaction, as it competes with those of the round that is still being written."""
    for incident_id, processes in contexts.items():
        incident_context_save(incident_id=incident_id, processes=processes)


def heaviest(answer: errands.Answer, server_id: int) -> list[dict[str, Any]]:
    """The processes as plain JSON (`metrics.top.Process`), none if the answer does not tell them."""
    try:
        if isinstance(answer, ConnectionFailure):
            raise answer
        return [asdict(process) for process in parse_top(answer)]
    except (BadSample, ConnectionFailure) as error:
        logger.info("the processes of server %d are not known: %s", server_id, error)
        return []
