"""The one asyncio loop of a worker process, in a thread of its own. Connections live there; the ORM never does."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")
_lock = threading.Lock()
_loops: list[asyncio.AbstractEventLoop] = []


def running_loop() -> asyncio.AbstractEventLoop:
    """The loop, started the first time it is wanted: after any fork."""
    with _lock:
        if not _loops:
            _loops.append(asyncio.new_event_loop())
            threading.Thread(target=_loops[0].run_forever, name="collector", daemon=True).start()
        return _loops[0]


def run(work: Coroutine[Any, Any, Result], timeout: float) -> Result:
    """Run the coroutine on the loop and wait for its result, from any other thread. Raises TimeoutError."""
    future = asyncio.run_coroutine_threadsafe(work, running_loop())
    try:
        return future.result(timeout)
    except TimeoutError:
        future.cancel()
        raise
