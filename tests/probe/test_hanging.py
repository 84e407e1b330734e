"""A file system that never answers, as a dead NFS does: neither probe may touch it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.probe.running import ONE_OF_EACH, Kind, answers, environment, parts

DEAD = """
import ctypes, os, subprocess, sys
place, *command = sys.argv[1:]
device = os.open("/dev/fuse", os.O_RDWR)
options = b"fd=%d,rootmode=40000,user_id=0,group_id=0" % device
assert not ctypes.CDLL(None, use_errno=True).mount(b"dead", place.encode(), b"fuse", 0, options)
done = subprocess.run(command, input=b"sample\\n", capture_output=True, timeout=5)
os.write(1, done.stdout)
os._exit(done.returncode)
"""


@pytest.mark.skipif(os.geteuid() != 0 or not Path("/dev/fuse").exists(), reason="needs root and FUSE")
@pytest.mark.parametrize("kind", ONE_OF_EACH, ids=lambda kind: kind.name)
def test_a_dead_mount_hangs_nobody(kind: Kind, tmp_path: Path) -> None:
    place = tmp_path / "dead"
    place.mkdir()
    done = subprocess.run(
        ["unshare", "--mount", sys.executable, "-c", DEAD, str(place), *kind.command()],
        capture_output=True,
        env=environment(),
        timeout=15,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ((word, body),) = answers(done.stdout)
    assert word == "sample"
    assert b" / " in parts(body)["mounts"]
    assert str(place).encode() not in body
