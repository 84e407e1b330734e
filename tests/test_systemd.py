"""The units in deploy/systemd: systemd itself finds nothing wrong with them, and they shut in what they start."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = sorted((Path(__file__).resolve().parents[1] / "deploy/systemd").glob("*.service"))
EXPOSURE = "25"
"""Of 100, as `systemd-analyze security` counts: 20 is what programs get that need the network and a folder."""

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")


def analyze(*words: str) -> str:
    done = subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The units, with our own program in the place of /opt/virtadmin's."""
    for unit in UNITS:
        program = str(Path(sys.executable).with_name("virtadmin"))
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/virtadmin/bin/virtadmin", program))
    return tmp_path


def test_systemd_understands_every_line(folder: Path) -> None:
    units = [str(folder / unit.name.replace("@.", "@one.")) for unit in UNITS if "@" not in unit.name]
    (folder / "virtadmin-worker@one.service").symlink_to("virtadmin-worker@.service")
    said = analyze("verify", "--man=no", *units, str(folder / "virtadmin-worker@one.service"))
    assert [line for line in said.splitlines() if "virtadmin" in line] == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_what_they_start_can_do_next_to_nothing_else(unit: Path, folder: Path) -> None:
    analyze("security", "--offline=yes", f"--threshold={EXPOSURE}", str(folder / unit.name))


def test_they_start_commands_there_are() -> None:
    from virtadmin.cli import _parser

    for unit in UNITS:
        [command] = re.findall(r"^ExecStart=/opt/virtadmin/bin/virtadmin (.+)$", unit.read_text(), re.MULTILINE)
        _parser().parse_args(command.split())
