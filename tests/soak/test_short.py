"""A short run of the fault harness, as `make soak` makes long ones: under two minutes on a quiet machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hosts.fixtures import hosts_or_skip
from tests.soak.clocks import WHOLE_HUB
from tests.soak.faults import AHEAD, BY_NAME, FAULTS, LIMITS
from tests.soak.schedule import schedule

ROOT = Path(__file__).resolve().parents[2]
SEED = 683
SECONDS, HOSTS, PAUSE = 40.0, 4, (1.0, 3.5)
TRACED = "COVERAGE_"
"""Measuring costs half of the speed, and a process that is killed keeps nothing of it."""


def test_its_seed_has_every_fault_and_a_limit_crossed_while_the_clock_of_the_whole_hub_is_ahead() -> None:
    """Another seed has to be found where a new fault changes the order."""
    events = schedule(SEED, SECONDS, HOSTS, [fault.kind for fault in FAULTS], PAUSE)
    assert {event.fault for event in events} == BY_NAME.keys()
    [jump] = [event for event in events if event.targets == (f"{WHOLE_HUB} {AHEAD:+}",)]
    assert [event for event in events if event.fault == LIMITS and event.begin < jump.begin and event.end > jump.end]


@pytest.mark.timeout(2400)
def test_a_hub_is_well_after_everything_it_stands_on_has_failed(tmp_path: Path) -> None:
    hosts_or_skip()
    plain = {name: value for name, value in os.environ.items() if not name.startswith(TRACED)}
    seed = os.environ.get("SEED", str(SEED))
    words = ["--seed", seed, "--seconds", str(SECONDS), "--hosts", str(HOSTS), "--pause", *map(str, PAUSE)]
    told = tmp_path / "soak.log"
    with told.open("wb") as log:
        done = subprocess.run(
            [sys.executable, "-m", "tests.soak", *words], cwd=ROOT, env=plain, stdout=log, stderr=log, timeout=2300,
            check=False,
        )  # fmt: skip
    if done.returncode:
        pytest.fail(told.read_text(errors="replace"), pytrace=False)
