"""What a restore refuses, with nothing touched; what a backup leaves behind when it fails."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.hosts.fixtures import hosts_or_skip
from tests.operations.archives import edited, manifest
from tests.operations.conftest import MakePlace
from tests.operations.filled import SECRET
from tests.operations.hubs import ROOT, Place, rows
from tests.running.hub import until
from virtadmin.collector.workers import Announcer

pytestmark = [pytest.mark.timeout(900), pytest.mark.usefixtures("valkey")]
PARTS = ("beat", "web", "worker")
THERE = "from virtadmin.core.models import Process; print(*(p.kind for p in Process.objects.all()))"
READ = "from virtadmin.servers.models import Server; print(Server.objects.get(name='web1').private_key)"


def test_it_is_for_its_owner_alone_and_says_what_it_is(backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
    said = manifest(backup)
    assert str(said["database"]).startswith("SQLite 3.")
    assert said["key_file"] is None
    assert SECRET.encode() not in backup.read_bytes()
    assert [path.name for path in backup.parent.glob(".*")] == []


def test_a_file_that_is_none_or_not_whole_or_changed(backup: Path, make_place: MakePlace) -> None:
    there = make_place("there")
    no_backup = there.home / "none.tar"
    no_backup.write_text("nothing of the sort " * 100)
    assert "is no backup of Virtadmin" in there.refuses("restore", str(no_backup))
    cut = there.home / "cut.tar"
    data = backup.read_bytes()
    for length in (len(data) // 3, len(data) // 2 // 512 * 512):
        cut.write_bytes(data[:length])
        assert "damaged" in (said := there.refuses("restore", str(cut))) or "no whole backup" in said
    name = "tables/servers_server/00000.jsonl.gz"
    for change in ({name: b"other"}, {name: None}):
        assert f"{name} is not what was saved" in there.refuses("restore", str(edited(backup, change)))
    assert "manifest cannot be read" in there.refuses("restore", str(edited(backup, {"manifest.json": b"{}"})))
    assert "No such file" in there.refuses("restore", str(there.home / "missing.tar"))
    assert not (there.home / "virtadmin.sqlite3").exists(), "nothing was touched"


def test_what_a_newer_version_took(backup: Path, make_place: MakePlace) -> None:
    said = manifest(backup)
    said["version"] = "99.0"
    said["migrations"]["servers"].append("0999_later")  # type: ignore[index]
    newer = edited(backup, {"manifest.json": json.dumps(said).encode()})
    assert "newer Virtadmin (99.0): update this one first" in make_place("there").refuses("restore", str(newer))
    said["migrations"]["servers"].pop()  # type: ignore[index]
    said["migrations"]["inventions"] = ["0001_initial"]  # type: ignore[index]
    newer = edited(backup, {"manifest.json": json.dumps(said).encode()})
    assert "newer Virtadmin (99.0): update this one first" in make_place("there").refuses("restore", str(newer))
    said["format"] = 99
    newer = edited(backup, {"manifest.json": json.dumps(said).encode()})
    assert "format 99" in make_place("there").refuses("restore", str(newer))


def test_a_hub_in_use_unless_it_is_to_be_replaced(backup: Path, make_place: MakePlace) -> None:
    there = make_place("there", SECRETS_KEY=(backup.parent / "secrets.key").read_text())
    there.does("setup")
    assert "1 users, 0 servers. --replace deletes" in there.refuses("restore", str(backup))
    there.does("restore", "--replace", str(backup))
    assert there.says(READ) == SECRET


def test_the_wrong_key_is_told_at_once(backup: Path, make_place: MakePlace) -> None:
    there = make_place("there")
    [needed] = manifest(backup)["keys"]  # type: ignore[misc]
    said = there.refuses("restore", str(backup))
    assert str(needed) in said
    assert "--without-key" in said
    done = there.does("restore", "--without-key", str(backup))
    assert "enrol each server again" in done
    with pytest.raises(AssertionError, match="UnreadableSecret"):
        there.says(READ)
    shutil.copy(backup.parent / "secrets.key", there.home / "secrets.key")
    assert there.says(READ) == SECRET, "whoever finds the key later has not lost anything"


def test_a_key_that_comes_along_is_put_in_its_place(filled: Place, make_place: MakePlace) -> None:
    path = filled.home / "with-key.tar"
    filled.does("backup", "--with-key", str(path))
    elsewhere = make_place("elsewhere", SECRETS_KEY="another")
    assert "which is in it as secrets.key" in elsewhere.refuses("restore", str(path))
    there = make_place("there")
    there.does("setup")
    before = (there.home / "secrets.key").read_text()
    done = there.does("restore", "--replace", str(path))
    [kept] = there.home.glob("secrets.key.before-*")
    assert str(kept) in done
    assert kept.read_text() == before
    assert (there.home / "secrets.key").stat().st_mode & 0o777 == 0o600
    assert there.says(READ) == SECRET


def test_from_the_standard_input(backup: Path, make_place: MakePlace) -> None:
    there = make_place("there", SECRETS_KEY=(backup.parent / "secrets.key").read_text())
    with backup.open("rb") as file:
        done = subprocess.run(
            [sys.executable, "-m", "virtadmin", "restore", "-"],
            env=there.environment, stdin=file, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert there.says(READ) == SECRET
    assert not list(there.home.glob("restoring-*"))


def test_while_the_hub_runs(backup: Path, make_place: MakePlace, valkey: redis.Redis) -> None:
    there = make_place("there", SECRETS_KEY=(backup.parent / "secrets.key").read_text())
    Announcer("hub@there").announce({}, now=0)
    valkey.persist("virtadmin:worker:hub@there")  # a busy machine starts the command later than a worker is forgotten
    assert "this hub is running: worker hub@there. " in there.refuses("restore", str(backup))
    valkey.delete("virtadmin:worker:hub@there")
    valkey.set("virtadmin:sample:1", "of another server")
    there.does("restore", str(backup))
    assert not valkey.exists("virtadmin:sample:1"), "it was of a server that is there no more"


def test_while_any_process_uses_its_database_from_wherever(filled: Place, backup: Path, valkey_server: str) -> None:
    """They have a Valkey that whoever restores knows nothing of, as on other machines."""
    elsewhere = {**filled.environment, "REDIS_URL": valkey_server + "?db=9"}
    parts = [subprocess.Popen([sys.executable, "-m", "virtadmin", part], env=elsewhere) for part in PARTS]
    try:
        until(lambda: len(filled.says(THERE).split()) == len(parts), 60, "all of them")
        said = filled.refuses("restore", "--replace", str(backup))
        for part, process in zip(PARTS, parts, strict=True):
            assert f"{part} on {socket.gethostname()} (pid {process.pid})" in said
            assert "on every machine" in said
    finally:
        for process in parts:
            process.terminate()
    assert [process.wait(20) for process in parts] == [0, 0, 0]
    filled.does("restore", "--replace", str(backup))  # they took their leave


def test_what_was_killed_is_forgotten_or_said_to_be_gone(filled: Place, backup: Path) -> None:
    process = subprocess.Popen([sys.executable, "-m", "virtadmin", "beat"], env=filled.environment)
    until(lambda: filled.says(THERE), 60, "its word")
    process.kill()
    process.wait()
    assert "--force" in filled.refuses("restore", "--replace", str(backup))
    filled.does("restore", "--replace", "--force", str(backup))
    assert filled.says(THERE) == "", "it was in the database before"


def test_who_comes_while_it_is_restored_keeps_all_as_it_was(
    filled: Place, backup: Path, make_place: MakePlace, tmp_path: Path
) -> None:
    """On PostgreSQL, where others go on writing meanwhile."""
    there = make_place("there", "postgresql", SECRETS_KEY=(backup.parent / "secrets.key").read_text())
    there.does("setup")
    there.environment["VIRTADMIN_TEST_PAUSE"] = str(tmp_path / "loaded")
    restoring = subprocess.Popen(
        [sys.executable, "-m", "tests.operations.slowly", str(backup)],
        env=there.environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until((tmp_path / "loaded").exists, 120, "all rows in place")
    process = subprocess.Popen([sys.executable, "-m", "virtadmin", "beat"], env=there.environment)
    try:
        until(lambda: there.says(THERE), 60, "its word")
        (tmp_path / "loaded").unlink()
        assert "beat on " in restoring.communicate(timeout=60)[1]
    finally:
        process.terminate()
        process.wait(20)
    assert there.says("from virtadmin.accounts.models import User; print(*User.objects.all())") == "admin"


def test_what_does_not_fit_together_changes_nothing(filled: Place, backup: Path, make_place: MakePlace) -> None:
    """Servers whose owner is missing: no database takes that, whichever table came first."""
    said = manifest(backup)
    said["tables"]["accounts_user"]["parts"] = []  # type: ignore[index]
    broken = edited(backup, {"manifest.json": json.dumps(said).encode(), "tables/accounts_user/00000.jsonl.gz": None})
    filled.does("backup", str(filled.home / "before.tar"))
    assert "does not fit together" in filled.refuses("restore", "--replace", str(broken))
    filled.does("backup", str(filled.home / "after.tar"))
    assert rows(filled.home / "before.tar") == rows(filled.home / "after.tar")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    hosts_or_skip()
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32k,mode=700", "virtadmin-test", place], check=True)
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def test_a_full_disk_leaves_the_backup_before_it(filled: Place, small_disk: Path) -> None:
    path = small_disk / "backup.tar"
    path.write_text("yesterday's")
    assert "No space left" in filled.refuses("backup", str(path))
    assert path.read_text() == "yesterday's"
    assert [entry.name for entry in small_disk.iterdir()] == ["backup.tar"]


def test_standard_output_and_the_data_folder(filled: Place) -> None:
    with (filled.home / "streamed.tar").open("wb") as file:
        command = ["-m", "virtadmin", "backup", "-"]
        subprocess.run([sys.executable, *command], env=filled.environment, stdout=file, check=False)
    [path] = filled.does("backup").split()
    assert Path(path).parent == filled.home / "backups"
    assert Path(path).parent.stat().st_mode & 0o777 == 0o700
    assert rows(filled.home / "streamed.tar") == rows(Path(path))


def test_a_database_that_is_not_up_to_date(make_place: MakePlace) -> None:
    place = make_place("hub")
    place.python("manage.py", "migrate", "--verbosity", "0", "metrics", "0001")
    assert "run `virtadmin setup`" in place.refuses("backup", str(place.home / "none.tar"))
    assert not (place.home / "none.tar").exists()
