"""Knows when this process was told to stop, so that open streams end at once and the server need not wait for them.

An ASGI server first waits for open responses and a live stream never ends by itself. So the server's own signal
handlers are wrapped, the first time a stream opens, by ones that set an event and then call them.
"""

import asyncio
import signal
import threading
from types import FrameType
from weakref import WeakKeyDictionary

_events: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Event]" = WeakKeyDictionary()


def closing() -> asyncio.Event:
    """The running loop's event that is set once SIGINT or SIGTERM came. The same one for every stream of the loop."""
    loop = asyncio.get_running_loop()
    if loop not in _events:
        _events[loop] = asyncio.Event()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                _announce(number, loop, _events[loop])
    return _events[loop]


def _announce(number: signal.Signals, loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    """Put a handler before the present one of the signal."""
    present = signal.getsignal(number)

    def handler(received: int, frame: FrameType | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(event.set)
        if callable(present):
            present(received, frame)
        elif present == signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    signal.signal(number, handler)
