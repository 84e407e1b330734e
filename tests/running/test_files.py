"""How many files a process may open: one for each server it watches."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource
from virtadmin.running import processes
processes.FILES = 3000
resource.setrlimit(resource.RLIMIT_NOFILE, ({now}, {allowed}))
processes.files_allow()
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(("now", "allowed", "then"), [(256, 500, 500), (256, 4000, 3000), (3500, 4000, 3500)])
def test_it_is_raised_as_far_as_it_may_and_never_lowered(now: int, allowed: int, then: int) -> None:
    command = [sys.executable, "-c", PROGRAM.format(now=now, allowed=allowed)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(then), str(allowed)]
