"""Children that die, hang, and outlive nobody: real processes."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.running.supervisor import RESTART_SECONDS, STABLE_SECONDS, restart_pause

PROGRAM = """
import os, signal, subprocess, sys, time
from pathlib import Path
from virtadmin.running.supervisor import Child, Supervisor
folder = Path(sys.argv[1])

def note(name):
    (folder / f"{name}.{os.getpid()}").touch()

def steady():
    note("steady"); time.sleep(600)

def deaf():
    signal.signal(signal.SIGTERM, signal.SIG_IGN); note("deaf"); time.sleep(600)

def breeder():
    child = subprocess.Popen(["sleep", "600"]); (folder / f"grandchild.{child.pid}").touch(); time.sleep(600)

def dying():
    note("dying"); sys.exit(3)

def raising():
    note("raising"); raise RuntimeError("told so")

def base():
    time.sleep(0.3); (folder / "base-is-ready").touch(); note("base"); time.sleep(600)

def second():
    assert (folder / "base-is-ready").exists(); note("second"); time.sleep(600)

children = {
    "base": Child("base", base, stage=0, ready=(folder / "base-is-ready").exists),
    **{f.__name__: Child(f.__name__, f) for f in (steady, deaf, breeder, dying, raising, second)},
}
Supervisor([children[name] for name in sys.argv[2:]]).run()
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except FileNotFoundError:
        return False


def pids(folder: Path, name: str) -> list[int]:
    return sorted(int(path.suffix[1:]) for path in folder.glob(f"{name}.*"))


def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    started = []

    def start(*names: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path), *names], stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_ctrl_c_ends_every_process_grandchildren_and_deaf_ones_too(
    tmp_path: Path, supervise: Callable[..., subprocess.Popen[bytes]]
) -> None:
    process = supervise("steady", "deaf", "breeder")
    until(lambda: pids(tmp_path, "steady") and pids(tmp_path, "deaf") and pids(tmp_path, "grandchild"))
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert time.monotonic() - began < 5
    until(lambda: not any(alive(pid) for name in ("steady", "deaf", "grandchild") for pid in pids(tmp_path, name)))


def test_a_child_that_dies_is_started_again(tmp_path: Path, supervise: Callable[..., subprocess.Popen[bytes]]) -> None:
    process = supervise("dying", "raising")
    until(lambda: len(pids(tmp_path, "dying")) > 1 and len(pids(tmp_path, "raising")) > 1)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=10)
    assert b"dying ended with code 3" in errors
    assert b"told so" in errors


def test_when_the_parent_is_killed_outright_its_children_end(
    tmp_path: Path, supervise: Callable[..., subprocess.Popen[bytes]]
) -> None:
    process = supervise("steady")
    until(lambda: pids(tmp_path, "steady"))
    process.kill()
    until(lambda: not alive(pids(tmp_path, "steady")[0]))


def test_what_others_stand_on_comes_first_and_goes_last(
    tmp_path: Path, supervise: Callable[..., subprocess.Popen[bytes]]
) -> None:
    process = supervise("second", "base")
    until(lambda: pids(tmp_path, "second"))
    assert len(pids(tmp_path, "second")) == 1
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert not alive(pids(tmp_path, "base")[0])


@given(st.integers(0, 50), st.floats(0, 1000))
def test_pauses_grow_while_it_keeps_dying_and_begin_anew_when_it_lived(restarts: int, lived: float) -> None:
    count, pause = restart_pause(restarts, lived)
    assert pause in RESTART_SECONDS
    if lived >= STABLE_SECONDS:
        assert (count, pause) == (1, RESTART_SECONDS[0])
    else:
        assert count == restarts + 1
        assert pause == RESTART_SECONDS[min(restarts, len(RESTART_SECONDS) - 1)]


def test_a_group_that_is_gone_is_no_error() -> None:
    from virtadmin.running.supervisor import _signal_group

    gone = subprocess.Popen(["true"], start_new_session=True)
    gone.wait()
    _signal_group(gone.pid, signal.SIGTERM)
    assert not Path(f"/proc/{gone.pid}").exists()
