"""Keeps a few processes running as one: started together, restarted when they die, ended together.

Children are forked, not executed anew: what the parent imported is shared, which halves memory and start-up time. So
the parent must have no threads and no open connections. Every child leads a process group of its own, so that ending it
ends what it started; when the parent is killed outright, the kernel tells the children (PR_SET_PDEATHSIG).
"""

import contextlib
import ctypes
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from virtadmin.running.leaving import leave, left

logger = logging.getLogger(__name__)

GRACE_SECONDS = 3.0
"""How long children may take to end by themselves before they are killed."""
RESTART_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Pause before the first, second, … restart of a child that keeps dying."""
STABLE_SECONDS = 60.0
"""A child that lived this long is well again: its next restart counts as the first."""
READY_SECONDS = 0.05
"""Between two looks whether what others stand on is ready."""
PR_SET_PDEATHSIG = 1
STOPS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
NOTICED = {signal.SIGCHLD, *STOPS}


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent dies (Linux, prctl(2)); elsewhere it does nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One process to keep running: `run` is called in it and should not return.

    Children of a higher stage start when `ready` of all lower ones is true, and end before the lower ones are told to.
    """

    name: str
    run: Callable[[], None]
    stage: int = 1
    ready: Callable[[], bool] = field(default=lambda: True)
    pid: int = 0
    started: float = 0.0
    restarts: int = 0
    start_at: float = field(default=0.0)
    """Monotonic time before which it is not started again."""


def restart_pause(restarts: int, lived: float) -> tuple[int, float]:
    """The new count of restarts and the seconds to wait, for a child that died after `lived` seconds."""
    count = 0 if lived >= STABLE_SECONDS else restarts
    return count + 1, RESTART_SECONDS[min(count, len(RESTART_SECONDS) - 1)]


class Supervisor:
    """Runs children until it gets SIGINT or SIGTERM."""

    def __init__(self, children: list[Child]) -> None:
        self._children = children

    def run(self) -> None:
        """Start every child, keep them running, end them all when told to. Returns when none is left."""
        signal.pthread_sigmask(signal.SIG_BLOCK, NOTICED)  # they are waited for: nothing is looked at in vain
        gc.freeze()  # what is there now is shared with the children: keep the collector from copying its pages
        try:
            while not self._told_to_stop():
                self._reap()
        finally:
            self._end_all()

    def _told_to_stop(self) -> bool:
        """Start what is missing, then wait until a child ends or the next may start, or we are told to stop."""
        self._start_missing()
        told = signal.sigtimedwait(NOTICED, self._patience(time.monotonic()))
        return told is not None and told.si_signo in STOPS

    def _patience(self, now: float) -> float:
        """How long nothing can be missed but a signal."""
        waits = (max(READY_SECONDS, child.start_at - now) for child in self._children if not child.pid)
        return min(waits, default=STABLE_SECONDS)

    def _start_missing(self) -> None:
        for child in sorted(self._children, key=lambda child: child.stage):
            if any(not lower.ready() for lower in self._children if lower.stage < child.stage):
                return
            if not child.pid and time.monotonic() >= child.start_at:
                child.started = time.monotonic()
                child.pid = _fork(child.run)

    def _reap(self) -> None:
        for child in self._children:
            if not child.pid:
                continue
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                self._died(child, status)

    def _died(self, child: Child, status: int) -> None:
        _signal_group(child.pid, signal.SIGKILL)  # what it may have left behind
        child.pid = 0
        child.restarts, pause = restart_pause(child.restarts, time.monotonic() - child.started)
        child.start_at = time.monotonic() + pause
        code = os.waitstatus_to_exitcode(status)
        logger.error("%s ended with code %s; starting it again in %.0f s", child.name, code, pause)

    def _end_all(self) -> None:
        for stage in sorted({child.stage for child in self._children}, reverse=True):
            _end([child.pid for child in self._children if child.pid and child.stage == stage])


def _end(pids: list[int]) -> None:
    """End the processes and all of their groups: kindly, then not."""
    for pid in pids:
        _signal_group(pid, signal.SIGTERM)
    running = list(pids)
    deadline = time.monotonic() + GRACE_SECONDS
    while running and time.monotonic() < deadline:
        time.sleep(0.02)
        running = [pid for pid in running if os.waitpid(pid, os.WNOHANG) == (0, 0)]
    for pid in pids:
        _signal_group(pid, signal.SIGKILL)
    for pid in running:
        os.waitpid(pid, 0)


def _fork(run: Callable[[], None]) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _become(run, parent)
    return pid


def _become(run: Callable[[], None], parent: int) -> NoReturn:
    """What the new process does: lead a group of its own, run, end."""
    code = 1
    try:
        os.setsid()
        die_with_parent()
        for number in STOPS:
            signal.signal(number, leave)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, NOTICED)
        if os.getppid() == parent:  # else the parent died before we could ask to be told
            run()
            code = 0
    except SystemExit as end:
        left()
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        logger.exception("a process failed")
    finally:
        logging.shutdown()
        sys.stdout.flush()
        os._exit(code)


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
