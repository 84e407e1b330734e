"""What a process does when it is told to end, unless it knows better: leave through its `finally` clauses."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

AGAIN_SECONDS = 0.5


def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler
    """Leave by SystemExit, and try again until it is left: Python drops what is raised in callbacks of its own, such as
    those of its imports. What is done while leaving is not cut short."""
    if isinstance(sys.exception(), SystemExit):
        return
    signal.signal(signal.SIGALRM, leave)
    signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
    raise SystemExit(0)


def left() -> None:
    """It is not to be tried again."""
    signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def leaving_when_told() -> Iterator[None]:
    """Inside, SIGTERM is answered so, until a library takes it over."""
    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        left()
