"""When the probe ends, and that nothing of it stays."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.probe.running import END, KINDS, ONE_OF_EACH, Kind, environment

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
one_of_each = pytest.mark.parametrize("kind", ONE_OF_EACH, ids=lambda kind: kind.name)


@contextmanager
def running(command: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A probe in a process group of its own, which is empty when the block's own checks are done."""
    probe = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), start_new_session=True
    )
    try:
        yield probe
    finally:
        with suppress(ProcessLookupError):
            os.killpg(probe.pid, signal.SIGKILL)
        probe.wait()
        for pipe in (probe.stdin, probe.stdout):
            if pipe:
                pipe.close()


def ask_for_a_sample(probe: "subprocess.Popen[bytes]") -> None:
    assert probe.stdin
    assert probe.stdout
    probe.stdin.write(b"sample\n")
    probe.stdin.flush()
    while probe.stdout.readline() != END:
        assert probe.poll() is None


def family(group: int) -> list[str]:
    """The living processes of a group."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        fields = text.rpartition(")")[2].split()
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(text)
    return found


def nobody_left(group: int, seconds: float = 3) -> bool:
    end = time.monotonic() + seconds
    while family(group) and time.monotonic() < end:
        time.sleep(0.02)
    return not family(group)


@every_kind
@pytest.mark.parametrize("command", ["id", "", "internal-sftp"])
def test_it_refuses_a_command_at_once(kind: Kind, command: str) -> None:
    done = subprocess.run(
        kind.command(),
        input=b"sample\n",
        capture_output=True,
        env=environment(SSH_ORIGINAL_COMMAND=command),
        timeout=2,
        check=False,
    )
    assert done.returncode == 126
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1


@one_of_each
def test_it_wants_to_know_the_hubs_name(kind: Kind) -> None:
    done = subprocess.run(kind.command()[:-1], input=b"", capture_output=True, env=environment(), check=False)
    assert done.returncode == 2
    assert b"HUB_NAME" in done.stderr


@every_kind
def test_it_ends_with_its_input(kind: Kind) -> None:
    with running(kind.command()) as probe:
        ask_for_a_sample(probe)
        assert probe.stdin
        probe.stdin.close()
        assert probe.wait(2) == 0
        assert nobody_left(probe.pid)


@one_of_each
def test_half_a_request_is_none(kind: Kind) -> None:
    done = subprocess.run(
        kind.command(), input=b"sample", capture_output=True, env=environment(), timeout=5, check=False
    )
    assert (done.returncode, done.stdout) == (0, b"")


@one_of_each
def test_it_ends_when_nobody_reads(kind: Kind) -> None:
    with running(kind.command()) as probe:
        assert probe.stdin
        assert probe.stdout
        probe.stdout.close()
        probe.stdin.write(b"sample\n")
        probe.stdin.flush()
        probe.wait(3)
        assert nobody_left(probe.pid)


@one_of_each
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_it_ends_on_a_hangup(kind: Kind, number: signal.Signals) -> None:
    with running(kind.command()) as probe:
        ask_for_a_sample(probe)
        probe.send_signal(number)
        probe.wait(3)
        assert nobody_left(probe.pid)


@one_of_each
def test_it_ends_when_nobody_asks(kind: Kind, tmp_path: Path) -> None:
    """The same text with a shorter time: nobody waits 15 minutes for a test."""
    faster = tmp_path / kind.file.name
    text = kind.file.read_text()
    long, short = ("IDLE = 900", "IDLE = 0.5") if kind.is_python else ("sleep 60", "sleep 0.05")
    assert text.count(long) == 1
    faster.write_text(text.replace(long, short))
    with running(Kind(kind.name, kind.words, faster).command()) as probe:
        start = time.monotonic()
        while time.monotonic() - start < 1.2:
            ask_for_a_sample(probe)
            time.sleep(0.1)
        probe.wait(4)
        assert nobody_left(probe.pid)


def test_the_shells_watcher_ends_after_a_probe_that_was_killed(tmp_path: Path) -> None:
    kind = next(kind for kind in ONE_OF_EACH if not kind.is_python)
    faster = tmp_path / "probe.sh"
    faster.write_text(kind.file.read_text().replace("sleep 60", "sleep 0.2"))
    with running(Kind(kind.name, kind.words, faster).command()) as probe:
        ask_for_a_sample(probe)
        probe.kill()
        probe.wait(2)
        assert nobody_left(probe.pid)


@every_kind
def test_it_is_small(kind: Kind) -> None:
    with running(kind.command()) as probe:
        for _ in range(20):
            ask_for_a_sample(probe)
        status = Path(f"/proc/{probe.pid}/status").read_text()
    resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    assert resident < (12_000 if kind.is_python else 4_500)


def test_a_shell_probe_that_ends_as_its_watcher_begins_leaves_no_sleep_behind() -> None:
    kind = next(kind for kind in ONE_OF_EACH if not kind.is_python)
    for pause in range(60):
        with running(kind.command()) as probe:
            time.sleep(pause / 10_000)  # somewhere between its start and its watcher's sleep
            assert probe.stdin
            probe.stdin.close()
            probe.wait(3)
            assert nobody_left(probe.pid), f"{pause / 10} ms after its start"
