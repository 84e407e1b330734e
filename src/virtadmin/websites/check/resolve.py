"""Names to IP addresses, by the system's resolver, which blocks: in a few threads of our own.

A name server that hangs keeps a thread for half a minute. So nobody else's threads are used, they are few, a name is
looked up once however many ask for it at that moment, and a process may end while they hang (daemon threads).
"""

import asyncio
import queue
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from virtadmin.websites.check.failure import CheckFailure
from virtadmin.websites.check.stages import Stage

THREADS = 32
Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""The IP addresses of a name, of both families, in the order they are to be tried. Raises CheckFailure."""

Found = tuple[str, ...] | CheckFailure
Job = tuple[str, asyncio.AbstractEventLoop]


class Resolver:
    """A `Resolve` for the coroutines of one loop."""

    def __init__(self, threads: int = THREADS) -> None:
        self._most, self._threads = threads, 0
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._waiting: dict[str, list[asyncio.Future[Found]]] = {}

    async def __call__(self, name: str) -> Sequence[str]:
        """The IP addresses of `name`. It takes as long as the system's resolver does. Raises CheckFailure."""
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[Found] = loop.create_future()
        if name in self._waiting:
            self._waiting[name].append(mine)
        else:
            self._waiting[name] = [mine]
            self._jobs.put((name, loop))
            self._thread_for(len(self._waiting))
        found = await mine
        if isinstance(found, CheckFailure):
            raise CheckFailure(found.stage, found.reason)
        return found

    def close(self) -> None:
        """End the threads, each after what it is looking up."""
        for _ in range(self._threads):
            self._jobs.put(None)
        self._threads = 0

    def _thread_for(self, names: int) -> None:
        if self._threads < min(names, self._most):
            self._threads += 1
            threading.Thread(target=self._work, name="resolver", daemon=True).start()

    def _work(self) -> None:
        while job := self._jobs.get():
            name, loop = job
            found = look_up(name)
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(self._tell, name, found)

    def _tell(self, name: str, found: Found) -> None:
        for waiting in self._waiting.pop(name):
            if not waiting.done():
                waiting.set_result(found)


def look_up(name: str) -> Found:
    """What the system's resolver says; blocks."""
    try:
        answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in (socket.EAI_NONAME, socket.EAI_NODATA):
            return CheckFailure(Stage.DNS, f"The name {name} does not exist, or has no address.")
        said = (error.strerror or "no reason given").rstrip(".")
        return CheckFailure(Stage.DNS, f"The name {name} could not be looked up: {said}.")
    except (OSError, UnicodeError) as error:
        return CheckFailure(Stage.DNS, f"The name {name} could not be looked up: {type(error).__name__}.")
    return tuple(dict.fromkeys(str(place[0]) for *_, place in answers))
