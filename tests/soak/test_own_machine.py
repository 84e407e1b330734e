"""Packets are dropped, and pass again, by either of the tools that may be there."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hosts.fixtures import hosts_or_skip

ROOT = Path(__file__).resolve().parents[2]
TRIED = """
import socket
from tests.soak import own_machine

def passes():
    try:
        socket.create_connection(("127.0.1.9", 9999), 0.3).close()
    except TimeoutError:
        return False
    return True

with socket.create_server(("0.0.0.0", 9999)):
    print(own_machine.cutter(), passes())
    own_machine.cut("127.0.1.9")
    print(passes())
    own_machine.mend("127.0.1.9")
    print(passes())
"""


@pytest.mark.parametrize("tool", ["nft", "iptables"])
def test_a_host_is_cut_off_and_comes_back(tool: str, tmp_path: Path) -> None:
    hosts_or_skip()  # they too need root
    for name in (tool, "ip"):
        found = shutil.which(name)
        assert found, f"{name} is missing"
        (tmp_path / name).symlink_to(found)
    inside = f'ip link set lo up; PATH={tmp_path} exec {sys.executable} -c "$1"'
    words = ["unshare", "--net", "sh", "-c", inside, "sh", TRIED]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == [tool, "True", "False", "True"], done.stderr
