"""What the hub says where a login it was given is refused: everything that helps, and never the login."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.databases.maker import DatabaseServer
from tests.hosts.fixtures import hosts_or_skip

PASSWORD = "not-the-Passw0rd"
MALFORMED = {
    "DATABASE_URL": f"mysql://virtadmin:{PASSWORD}@127.0.0.1:notaport/virtadmin",
    "EMAIL_URL": f"bogus://user:{PASSWORD}@mail.example.org",
    "HISTORY_URL": f"ftp://user:{PASSWORD}@127.0.0.1",
    "HEARTBEAT_URL": f"ftp://127.0.0.1/{PASSWORD}",
    "REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:9/0",
}


def said(home: Path, *words: str, **settings: str) -> str:
    """All that a command prints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VIRTADMIN_", "DJANGO_"))}
    environment = {**kept, "VIRTADMIN_HOME": str(home), **settings}
    command = [sys.executable, "-m", "virtadmin", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout + done.stderr


@pytest.fixture(params=["mariadb", "postgresql"])
def refusing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a real database server, with a login it does not know."""
    hosts_or_skip()
    folder = tmp_path / "server"
    folder.mkdir()
    for above in [tmp_path, *tmp_path.parents[:2]]:
        above.chmod(0o755)  # the server runs as nobody
    with DatabaseServer(request.param, folder) as started:
        at = urlsplit(started.url("virtadmin"))
        yield f"{at.scheme}://stranger:{PASSWORD}@{at.hostname}:{at.port}{at.path}"


def test_a_database_that_refuses_the_login(refusing: str, tmp_path: Path) -> None:
    for words in (["doctor"], ["doctor", "--json"], ["setup"]):
        told = said(tmp_path / "hub", *words, DATABASE_URL=refusing)
        assert "stranger" in told, words
        assert PASSWORD not in told, words


@pytest.mark.parametrize("name", MALFORMED)
def test_a_setting_that_cannot_be_used(name: str, tmp_path: Path) -> None:
    told = said(tmp_path, "doctor", **{name: MALFORMED[name]})
    assert told
    assert PASSWORD not in told
