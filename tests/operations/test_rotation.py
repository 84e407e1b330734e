"""A new key for the stored secrets."""

import fcntl
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.operations.conftest import MakePlace
from tests.operations.hubs import Place
from virtadmin.accounts.models import User
from virtadmin.cli import main
from virtadmin.core.keys import KeyFile, fingerprint, keys_write
from virtadmin.core.secrets import encrypt
from virtadmin.operations.rotation import key_rotate
from virtadmin.operations.stored import tally
from virtadmin.servers.models import Server

MANY = 6000
FILL = f"""
from virtadmin.accounts.models import User
from virtadmin.servers.models import InitialServerProfile as Profile
owner = User.objects.get()
many = (Profile(owner=owner, ip_address='192.0.2.1', password=f'secret {{n}}') for n in range({MANY}))
Profile.objects.bulk_create(many)
"""
READ = (
    "from virtadmin.servers.models import InitialServerProfile as Profile;"
    "found = list(Profile.objects.order_by('pk').values_list('password', flat=True));"
    f"print(found == [f'secret {{n}}' for n in range({MANY})])"
)
OLDER = "from virtadmin.operations.stored import tally; print(tally().older)"


@pytest.fixture
def key_file(settings: Settings, tmp_path: Path) -> KeyFile:
    """A key file of the test's own."""
    settings.DATA = tmp_path
    path = tmp_path / "secrets.key"
    path.write_text("the old key\n".replace(" ", "-"))
    settings.SECRETS_KEY = KeyFile(path)
    return settings.SECRETS_KEY


@pytest.fixture
def servers(alice: User, key_file: KeyFile) -> list[Server]:
    return [
        Server.objects.create(name=f"s{n}", ip_address=f"192.0.2.{n}", owner=alice, private_key=f"secret {n}")
        for n in range(3)
    ]


def test_every_secret_is_stored_anew_and_the_old_key_goes(servers: list[Server], key_file: KeyFile) -> None:
    before = key_file[0]
    done = key_rotate(grace=0)
    assert (done.total, done.unreadable, done.old) == (3, 0, [fingerprint(before)])
    assert list(key_file) != [before]
    assert len(key_file) == 1
    assert key_file.path.stat().st_mode & 0o777 == 0o600
    assert tally().older == 0
    assert sorted(server.private_key for server in Server.objects.all()) == ["secret 0", "secret 1", "secret 2"]


def test_what_is_stored_meanwhile_with_the_old_key_is_found(
    servers: list[Server], key_file: KeyFile, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a process that had encrypted it just before the new key came."""
    late = encrypt("stored late")

    def wait(seconds: float) -> None:
        table = Server._meta.db_table
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET private_key = %s WHERE id = %s", [late, servers[0].pk])

    monkeypatch.setattr("virtadmin.operations.rotation.time.sleep", wait)
    assert key_rotate().unreadable == 0
    servers[0].refresh_from_db()
    assert servers[0].private_key == "stored late"
    assert len(key_file) == 1


def test_what_no_key_reads_stays_and_keeps_the_old_key(
    servers: list[Server], key_file: KeyFile, settings: Settings, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("virtadmin.operations.rotation.GRACE", 0)
    settings.SECRETS_KEY = ["a-lost-key"]
    Server.objects.filter(pk=servers[0].pk).update(private_key="lost")
    settings.SECRETS_KEY = key_file
    monkeypatch.setattr("virtadmin.operations.rotation.time.sleep", lambda seconds: None)
    assert main(["rotate-key"]) == 1
    assert "1 of 3 stored secrets" in capsys.readouterr().out
    assert len(key_file) == 2


def test_keys_in_the_environment(servers: list[Server], settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.SECRETS_KEY = ["the-old-key"]
    assert main(["rotate-key"]) == 1
    assert "SECRETS_KEY=new,old" in capsys.readouterr().err
    settings.SECRETS_KEY = ["new", "the-old-key"]
    assert main(["rotate-key"]) == 0
    out = capsys.readouterr().out
    assert f"Take {fingerprint('the-old-key')} out of SECRETS_KEY" in out
    settings.SECRETS_KEY = ["new"]
    assert Server.objects.get(pk=servers[0].pk).private_key == "secret 0"


def test_keys_in_a_file_that_is_given(
    servers: list[Server], settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """As Compose mounts it: processes that run see what was put into it, but none of them may write there."""
    monkeypatch.setattr("virtadmin.operations.rotation.time.sleep", lambda seconds: None)
    given = tmp_path / "given"
    given.write_text("the-old-key\n")
    settings.SECRETS_KEY = KeyFile(given, given=True)
    assert main(["rotate-key"]) == 1
    assert "docs/operations.md" in capsys.readouterr().err
    given.write_text("new,the-old-key\n")
    assert main(["rotate-key"]) == 0
    assert f"Take {fingerprint('the-old-key')} out of SECRETS_KEY" in capsys.readouterr().out
    assert given.read_text() == "new,the-old-key\n", "it is not ours to write"
    given.write_text("new\n")
    assert Server.objects.get(pk=servers[0].pk).private_key == "secret 0"
    assert tally().unreadable == 0


def test_two_at_once(servers: list[Server], key_file: KeyFile, capsys: pytest.CaptureFixture[str]) -> None:
    with (key_file.path.parent / "rotate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert main(["rotate-key"]) == 1
    assert "already" in capsys.readouterr().err
    assert len(key_file) == 1


def test_a_key_file_that_is_away_for_a_moment_does_no_harm(key_file: KeyFile, tmp_path: Path) -> None:
    assert list(key_file) == ["the-old-key"]
    key_file.path.rename(tmp_path / "elsewhere")
    assert list(key_file) == ["the-old-key"]
    keys_write(key_file.path, ["a", "b"])
    assert (list(key_file), key_file[1:], len(key_file)) == (["a", "b"], ("b",), 2)
    assert "b" not in repr(key_file).replace(str(tmp_path), "")
    with pytest.raises(FileNotFoundError):
        list(KeyFile(tmp_path / "never"))


def test_threads_see_the_new_key_at_once(key_file: KeyFile) -> None:
    found: list[str] = []
    assert key_file[0] == "the-old-key"
    keys_write(key_file.path, ["new", "the-old-key"])
    thread = threading.Thread(target=lambda: found.append(key_file[0]))
    thread.start()
    thread.join()
    assert found == ["new"]


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("valkey")
def test_killed_half_way_it_goes_on(make_place: MakePlace) -> None:
    place = make_place("hub")
    place.does("setup")
    place.says(FILL.replace("\n", ";").strip(";"))
    before = (place.home / "secrets.key").read_text()
    killed_at = _kill_half_way(place)
    assert 0 < killed_at < MANY, "it was half way"
    keys = (place.home / "secrets.key").read_text().split()
    assert keys[1:] == [before]
    assert place.says(READ) == "True", "both keys are known"
    assert f"All {MANY} stored secrets" in place.does("rotate-key")
    assert (place.home / "secrets.key").read_text() == keys[0]
    assert (place.says(READ), place.says(OLDER)) == ("True", "0")


def _kill_half_way(place: Place) -> int:
    """Kill it once the first secrets are by the new key; how many are by the old one then."""
    database = sqlite3.connect(place.home / "virtadmin.sqlite3")

    def first() -> str:
        row = database.execute("SELECT password FROM servers_initialserverprofile ORDER BY id LIMIT 1").fetchone()
        return str(row[0])

    before = first()
    command = [sys.executable, "-m", "virtadmin", "rotate-key"]
    running = subprocess.Popen(command, env=place.environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while first() == before:
        assert time.monotonic() < deadline
    running.kill()
    running.wait(10)
    database.close()
    return int(place.says(OLDER))
