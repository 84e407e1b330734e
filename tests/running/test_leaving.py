"""Told to end, a process leaves through its `finally` clauses, whatever it is doing."""

import subprocess
import sys

import pytest

SWALLOWED = """
import os, signal, time, weakref
from virtadmin.running.leaving import leaving_when_told

class Thing: pass

def gone(_): os.kill(os.getpid(), signal.SIGTERM)  # Python drops what is raised in here

try:
    with leaving_when_told():
        thing = Thing()
        watched = weakref.ref(thing, gone)
        del thing
        print("goes on", flush=True)
        time.sleep(60)
finally:
    print("cleaned up")
"""
SLOW = """
import os, signal, time
from virtadmin.running.leaving import AGAIN_SECONDS, leaving_when_told

with leaving_when_told():
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
    finally:
        until = time.monotonic() + 3 * AGAIN_SECONDS
        while time.monotonic() < until:
            os.kill(os.getpid(), signal.SIGTERM)
        print("cleaned up")
"""
AFTER = """
import os, signal, time
from virtadmin.running.leaving import AGAIN_SECONDS, leaving_when_told

try:
    with leaving_when_told():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
except SystemExit:
    pass
time.sleep(2 * AGAIN_SECONDS)
print("cleaned up")
"""


@pytest.mark.parametrize("script", [SWALLOWED, SLOW, AFTER], ids=["swallowed", "slow", "after"])
def test_it_is_left_once_and_whole(script: str) -> None:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("cleaned up\n")
