"""The heaviest processes of a server now, for a person who waits: asked by the worker that holds its channel, told
through Valkey. By name alone: the probe never tells arguments."""

import logging
from dataclasses import asdict
from threading import BoundedSemaphore
from typing import Any
from uuid import uuid4

import orjson
import redis
from kombu.exceptions import OperationalError

from virtadmin.collector import errands
from virtadmin.collector.holders import holders
from virtadmin.collector.sending import worker_send
from virtadmin.core import bus
from virtadmin.core.errors import VirtadminError
from virtadmin.metrics.answer import BadSample
from virtadmin.metrics.top import Process, parse_top
from virtadmin.ssh.stages import ConnectionFailure

logger = logging.getLogger(__name__)
SECONDS = 3.0
"""How long the server may take; a person waits for the answer."""
MORE_SECONDS = 1.0
"""What the worker may take besides."""
REPLY = "virtadmin:top:%s"
AT_ONCE = 8
"""People that wait in this process at the same time: its threads have other things to do, too."""
_turns = BoundedSemaphore(AT_ONCE)


class NotTold(VirtadminError):
    """The processes cannot be told; the message says why."""


def processes_now(server_id: int) -> list[Process]:
    """The heaviest processes, the heaviest first. Raises NotTold; blocks for 4 s at most."""
    try:
        [name] = holders([server_id]) or [""]
        if not name:
            raise NotTold("No worker is running.")
        answer = _asked(name, server_id)
    except (redis.RedisError, OperationalError) as error:
        logger.warning("the processes of server %s cannot be asked for: %s", server_id, error)
        raise NotTold("The task queue is away.") from None
    if "error" in answer:
        raise NotTold(str(answer["error"]))
    return [Process(**process) for process in answer["processes"]]


def processes_answer(*, server_id: int, reply: str) -> None:
    """Ask the server over this process's own channel, and tell what it says under the key `reply`."""
    answer: dict[str, Any]
    try:
        found = parse_top(errands.run_one(server_id, "top", seconds=SECONDS))
        answer = {"processes": [asdict(process) for process in found]}
    except (BadSample, ConnectionFailure) as error:
        logger.info("server %s does not tell its processes: %s", server_id, error)
        answer = {"error": error.message}
    with bus.connection().pipeline() as pipeline:
        pipeline.rpush(reply, orjson.dumps(answer))
        pipeline.expire(reply, int(SECONDS + MORE_SECONDS))
        pipeline.execute()


def _asked(name: str, server_id: int) -> dict[str, Any]:
    reply, seconds = REPLY % uuid4().hex, SECONDS + MORE_SECONDS
    if not _turns.acquire(blocking=False):
        raise NotTold("Too many people ask just now. Try again in a moment.")
    try:
        worker_send(name, "collector.top", (server_id, reply), expires=seconds)
        found = bus.connection().blpop([reply], timeout=seconds)
    finally:
        _turns.release()
    if not isinstance(found, (list, tuple)):
        raise NotTold("The worker that holds the server's connection does not answer.")
    answer: dict[str, Any] = orjson.loads(found[1])
    return answer
