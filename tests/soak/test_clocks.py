"""A process's clock is made wrong and right again while it runs; what counts time without a date stays right."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.soak.clocks import Clocks, can_jump, jump, offsets

ASKED = """
import sys, threading, time
for _ in sys.stdin:
    begun = time.monotonic()
    threading.Event().wait(0.05)
    time.sleep(0.05)
    print(time.time(), time.monotonic() - begun, flush=True)
"""


@pytest.mark.skipif(not can_jump(), reason="there is no C compiler")
def test_a_clock_jumps_and_comes_right_again(tmp_path: Path) -> None:
    clocks = Clocks(tmp_path / "clocks")
    words = [sys.executable, "-c", ASKED]
    with subprocess.Popen(
        words, env=clocks.environment("web"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        for name, seconds in (("web", 0), ("web", 3600), ("hub", -900), ("web", 0)):
            clocks.set(name, seconds)
            print(file=process.stdin, flush=True)
            told, passed = map(float, process.stdout.readline().split())
            assert told - time.time() == pytest.approx(seconds, abs=30)
            assert 0.1 <= passed < 30
        process.stdin.close()


def test_a_target_says_whose_clock_and_by_how_much() -> None:
    assert jump("worker-one -900") == ("worker-one", -900)
    assert offsets(["web +3600"], "web") == offsets(["hub +3600"], "web") == [3600]
    assert offsets(["web +3600"], "beat") == []
