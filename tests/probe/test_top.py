"""The word `top`: the heaviest processes, and nothing that a process could have written there to mislead."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.probe.recorded import Recorded
from tests.probe.running import ONE_OF_EACH, Kind, ask

pytestmark = pytest.mark.parametrize("kind", ONE_OF_EACH, ids=lambda kind: kind.name)

BUSY = """
import sys
open("/proc/self/comm", "w").write("a) R 1 \\x1b[31m(b")
held = bytearray(120_000_000)
print(flush=True)
while True: pass
"""


@pytest.fixture
def busy() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that uses a whole core and 120 MB, has an odd name and a secret argument."""
    process = subprocess.Popen([sys.executable, "-c", BUSY, "--password=hunter2"], stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_it_names_what_uses_the_processor(kind: Kind, busy: "subprocess.Popen[bytes]") -> None:
    mine: list[str] = []
    for _ in range(20):  # on a busy machine others may be in front for a quarter of a second
        ((word, body),) = ask(kind, "top")
        assert word == "top"
        first, *lines = body.decode().splitlines()
        if mine := [line for line in lines if line.split(" ")[1] == str(busy.pid)]:
            break
    interval, seconds, clk_tck, ticks = first.split(" ")
    assert (interval, clk_tck) == ("interval", "clk_tck")
    assert 0.2 < float(seconds) < 3
    fields = mine[0].split(" ", 4)
    assert fields[0] == "process"
    assert 100 * int(fields[2]) / int(ticks) / float(seconds) > 5
    assert 120_000 < int(fields[3]) < 200_000
    assert fields[4] == "a) R 1 ?[31m(b"
    assert "hunter2" not in body.decode()


def test_it_names_each_of_ten_once(kind: Kind) -> None:
    ((_, body),) = ask(kind, "top")
    pids = [line.split(" ")[1] for line in body.decode().splitlines()[1:]]
    assert 1 <= len(pids) <= 10
    assert len(set(pids)) == len(pids)


def test_the_heaviest_come_first(kind: Kind, recorded: Recorded) -> None:
    recorded.write("/proc/uptime", "100.00 200.00\n")
    for pid in range(1, 9):
        recorded.write(
            f"/proc/{pid}/stat",
            f"{pid} (worker {pid}) S " + "0 " * 10 + f"{pid} 5 " + "0 " * 8 + f"{100 * pid} " + "0 " * 28 + "\n",
        )
    recorded.write("/proc/9/stat", "9 (broken\n")
    ((_, body),) = recorded.ask(kind, "top")
    lines = body.decode().splitlines()
    assert lines[0].startswith("interval 0.")
    assert lines[1:] == [f"process {pid} 0 {400 * pid} worker {pid}" for pid in (8, 7, 6, 5, 4)]
