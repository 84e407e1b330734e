"""Fixtures for recorded systems."""

import os
from pathlib import Path

import pytest

from tests.probe.recorded import MISSING, Recorded


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    """A system with hardly a file, on which nothing is mounted. Needs root."""
    if MISSING and os.environ.get("CI") == "true":
        pytest.fail(MISSING)
    if MISSING:
        pytest.skip(MISSING)
    system = Recorded(tmp_path / "root")
    system.root.mkdir()
    system.write("/proc/self/mountinfo", "")
    system.write("/proc/loadavg", "0.01 0.02 0.03 1/90 1\n")
    return system
