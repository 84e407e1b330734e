"""The commands of docs/operations.md, run one after the other as they stand there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.operations.hubs import ROOT, Place
from virtadmin.api.health import ANSWERS

pytestmark = [pytest.mark.timeout(900), pytest.mark.usefixtures("valkey")]
DOCUMENT = (ROOT / "docs/operations.md").read_text()
LONG_RUNNING = re.compile(r"^([A-Z_]+=\S+ )*virtadmin up$", re.MULTILINE)


def blocks() -> list[str]:
    """The blocks of shell."""
    found = re.findall(r"^```([a-z]*)\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    return [text for language, text in found if not language]


def test_every_command_does_what_it_should(filled: Place, tmp_path: Path) -> None:
    nas = tmp_path / "nas"
    nas.mkdir()
    environment = {**filled.environment, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    environment["HEARTBEAT_URL"] = ""
    script = "set -e\n"
    for block in blocks():
        if block.startswith("curl"):
            assert re.findall(r":8000(/\w+)", block)[0] in ANSWERS
            continue
        script += block
    script = script.replace("/mnt/nas", str(nas))
    script = LONG_RUNNING.sub(r"\1virtadmin setup", script)
    script = re.sub(r"DATABASE_URL=postgres\S+", f"DATABASE_URL=sqlite:///{tmp_path / 'moved.sqlite3'}", script)
    script = re.sub(r"^(virtadmin doctor.*)$", r"\1 || [ $? = 1 ]", script, flags=re.MULTILINE)  # no worker runs here
    script = script.replace(f"virtadmin restore {nas}", f"virtadmin restore --replace {nas}")  # it is no new machine
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for said in ("Restored: ", '"format": 1', "web1", "secrets' key", '"checks"', "stored secrets are by the key"):
        assert said in done.stdout
    assert len(list((filled.home / "backups").glob("*.tar"))) == 2
    assert (nas / "virtadmin.tar").exists()
    assert (tmp_path / "moved.sqlite3").exists()
