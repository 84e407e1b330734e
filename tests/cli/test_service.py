"""`virtadmin --config FOLDER`: commands typed beside a service, as it and with its settings.

That the whole hub works this way is seen beside a real systemd, in tests/containers.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

NOBODY = 65534
BECOME = """
import json, os, sys
from pathlib import Path
from virtadmin.cli.service import service_become
service_become(Path(sys.argv[1]))
(Path(os.environ["VIRTADMIN_HOME"]) / "made").touch()
names = ("HUB_NAME", "DATABASE_URL", "TELEGRAM_TOKEN", "HOME")
ids = [*os.getresuid(), *os.getresgid(), *os.getgroups()]
print(json.dumps({"ids": ids, **{name: os.environ[name] for name in names}}))
"""
OF_THE_SHELL = {"DATABASE_URL": "sqlite:////of-the-shell", "TELEGRAM_TOKEN": "of-the-shell", "HOME": "/root"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What /etc/virtadmin is on a machine where a service runs as nobody: only root may look into it."""
    (tmp_path / "data").mkdir(mode=0o700)
    made = tmp_path / "etc"
    (made / "secrets").mkdir(parents=True)
    (made / "secrets/database_url").write_text("mysql://virtadmin:secret@db/virtadmin\n")
    (made / "secrets/telegram_token").write_text("")
    (made / "secrets/hub_name").write_text("not this one")
    (made / "virtadmin.env").write_text(f"# of the service\nVIRTADMIN_HOME={tmp_path}/data\nHUB_NAME='the hub'\n")
    made.chmod(0o700)
    for place in (tmp_path, *tmp_path.parents[:2]):
        place.chmod(place.stat().st_mode | 0o711)
    return made


def become(folder: Path) -> dict[str, object]:
    kept = {name: value for name, value in os.environ.items() if name == "PATH" or name.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "-c", BECOME, str(folder)],
        env={**kept, **OF_THE_SHELL}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.skipif(os.getuid() != 0, reason="needs root: it becomes somebody else")
def test_root_becomes_the_service(folder: Path, tmp_path: Path) -> None:
    os.chown(tmp_path / "data", NOBODY, NOBODY)
    now = become(folder)
    assert set(now.pop("ids")) == {NOBODY}  # type: ignore[call-overload]
    assert now == {
        "HUB_NAME": "the hub", "DATABASE_URL": "mysql://virtadmin:secret@db/virtadmin", "TELEGRAM_TOKEN": "",
        "HOME": "/nonexistent",
    }  # fmt: skip
    made = (tmp_path / "data/made").stat()
    assert (made.st_uid, made.st_mode & 0o777) == (NOBODY, 0o600)


def test_whose_data_it_is_stays_who_he_is(folder: Path) -> None:
    now = become(folder)
    assert (now["HUB_NAME"], now["HOME"]) == ("the hub", "/root")
    assert os.getuid() in now["ids"]  # type: ignore[operator]


def test_where_there_is_no_service(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "virtadmin", "--config", str(tmp_path), "status"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == f"virtadmin: [Errno 2] No such file or directory: '{tmp_path}/secrets'\n"
