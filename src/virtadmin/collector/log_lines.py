"""A line in a watched server's own log, written by its probe over the channel that some worker holds.

Whoever wants one written asks that worker (a task on the queue that it alone reads) and waits for its answer, which
comes through Valkey. A line has a mark, and is not written again when it is asked for again.
"""

import logging
from threading import BoundedSemaphore
from time import monotonic
from uuid import uuid4

import orjson
import redis
from kombu.exceptions import OperationalError

from virtadmin.collector import errands
from virtadmin.collector.holders import holders
from virtadmin.collector.presence import presence
from virtadmin.collector.sending import worker_send
from virtadmin.core import bus
from virtadmin.core.errors import VirtadminError
from virtadmin.metrics.answer import BadSample, body, printable
from virtadmin.ssh.stages import ConnectionFailure

logger = logging.getLogger(__name__)
LONGEST = 500
"""Characters the probe writes."""
LONGEST_BYTES = 1900
"""Of a request, the probe reads 2,000."""
SECONDS = 6.0
"""How long a server may take: opening a connection is in it."""
MORE_SECONDS = 4.0
"""What the worker that holds the channel may take besides."""
LOOK_SECONDS = 1
WRITTEN = "virtadmin:logged:%s"
WRITTEN_SECONDS = 24 * 3600
"""Longer than any delivery is tried again after an attempt that nobody knows the end of."""
REPLY = "virtadmin:reply:%s"
AT_ONCE = 8
"""Threads of this process that wait for another worker, so that they never all do: that one may wait for us."""
_turns = BoundedSemaphore(AT_ONCE)


class NotWritten(VirtadminError):
    """The line was not written; the message says why. `hub`: for a reason that is the hub's own, not the server's."""

    def __init__(self, message: str, *, hub: bool = False) -> None:
        super().__init__(message)
        self.hub = hub


def cut(text: str) -> str:
    """As much of the text as a line holds, printable characters alone."""
    line = printable(" ".join(text.split()), LONGEST)
    return line.encode()[:LONGEST_BYTES].decode(errors="ignore")


def line_send(*, server_id: int, text: str, mark: str) -> str:
    """Have the line written by the worker that holds the server's channel. Returns where it went: "journal", "syslog"
    or a path. Raises NotWritten; blocks for 10 s at most."""
    try:
        [name] = holders([server_id]) or [""]
        if presence.announcer and presence.announcer.me.name == name:
            return line_write(server_id=server_id, text=text, mark=mark)
        if not name:
            raise NotWritten("No worker is running.", hub=True)
        return _line_ask(name, server_id, text, mark)
    except (redis.RedisError, OperationalError) as error:
        logger.warning("a line for a server's log cannot be handed on: %s", error)
        raise NotWritten("The task queue is away.", hub=True) from None


def line_write(*, server_id: int, text: str, mark: str) -> str:
    """Write the line by this process's own channel, unless one of this mark was written before; else as `line_send`."""
    known = bus.connection().get(WRITTEN % mark)
    if isinstance(known, bytes):
        return known.decode()
    try:
        [said, *_] = body(errands.run_one(server_id, f"log {cut(text)}", seconds=SECONDS), "log") or [""]
    except (BadSample, ConnectionFailure) as error:
        raise NotWritten(error.message) from None
    where = printable(said.removeprefix("logged "))
    bus.connection().set(WRITTEN % mark, where.encode(), ex=WRITTEN_SECONDS)
    return where


def line_answer(*, server_id: int, text: str, mark: str, reply: str) -> None:
    """Write the line for another process, and tell it under the key `reply` what came of it."""
    answer: dict[str, str | bool]
    try:
        answer = {"where": line_write(server_id=server_id, text=text, mark=mark)}
    except NotWritten as error:
        answer = {"error": error.message, "hub": error.hub}
    with bus.connection().pipeline() as pipeline:
        pipeline.rpush(reply, orjson.dumps(answer))
        pipeline.expire(reply, int(SECONDS + MORE_SECONDS))
        pipeline.execute()


def _line_ask(name: str, server_id: int, text: str, mark: str) -> str:
    """As `line_send`, from the worker of this name."""
    reply, seconds = REPLY % uuid4().hex, SECONDS + MORE_SECONDS
    if not _turns.acquire(timeout=seconds):
        raise NotWritten("Too many lines are being written just now.", hub=True)
    try:
        worker_send(name, "collector.log_line", (server_id, text, mark, reply), expires=seconds)
        answer = _answer(reply, monotonic() + seconds)
    finally:
        _turns.release()
    if "where" in answer:
        return str(answer["where"])
    raise NotWritten(str(answer["error"]), hub=bool(answer["hub"]))


def _answer(reply: str, deadline: float) -> dict[str, object]:
    while monotonic() < deadline:
        found = bus.connection().blpop([reply], timeout=LOOK_SECONDS)
        if isinstance(found, (list, tuple)):
            answer: dict[str, object] = orjson.loads(found[1])
            return answer
    raise NotWritten("The worker that holds the server's connection does not answer.", hub=True)
