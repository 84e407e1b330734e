"""The heaviest processes of a server now: asked by the worker that holds its channel, told through Valkey."""

import logging
from dataclasses import asdict
from typing import Any
from uuid import uuid4

import orjson
import redis
from celery import current_app
from celery.utils.nodenames import worker_direct
from kombu.exceptions import OperationalError

from virtadmin.collector import errands
from virtadmin.collector.holders import holders
from virtadmin.core import bus
from virtadmin.metrics.answer import BadSample
from virtadmin.metrics.top import parse_top
from virtadmin.notifications.templatetags.messages_text import heaviest
from virtadmin.ssh.stages import ConnectionFailure

logger = logging.getLogger(__name__)
SECONDS = 3.0
"""How long the server may take; a person waits for the answer."""
MORE_SECONDS = 1.0
"""What the worker may take besides."""
REPLY = "virtadmin:chat:top:%s"


def heaviest_now(server_id: int) -> str:
    """`mysqld 180 %, php-fpm (3) 60 %`; "" when it cannot be found out in 4 s."""
    try:
        [name] = holders([server_id]) or [""]
        return heaviest(_asked(name, server_id), "cpu_usage") if name else ""
    except (redis.RedisError, OperationalError) as error:
        logger.warning("the processes of server %s cannot be asked for: %s", server_id, error)
        return ""


def processes_answer(*, server_id: int, reply: str) -> None:
    """Ask the server over this process's own channel, and tell what it says under the key `reply`."""
    try:
        found = [asdict(process) for process in parse_top(errands.run_one(server_id, "top", seconds=SECONDS))]
    except (BadSample, ConnectionFailure) as error:
        logger.info("server %s does not tell its processes: %s", server_id, error)
        found = []
    with bus.connection().pipeline() as pipeline:
        pipeline.rpush(reply, orjson.dumps(found))
        pipeline.expire(reply, int(SECONDS + MORE_SECONDS))
        pipeline.execute()


def _asked(name: str, server_id: int) -> list[dict[str, Any]]:
    reply, seconds = REPLY % uuid4().hex, SECONDS + MORE_SECONDS
    queue: Any = worker_direct(name)  # send_task takes a Queue where its stubs know of names alone
    current_app.send_task("chatbots.top", (server_id, reply), queue=queue, expires=seconds)
    found = bus.connection().blpop([reply], timeout=seconds)
    return list(orjson.loads(found[1])) if isinstance(found, (list, tuple)) else []
