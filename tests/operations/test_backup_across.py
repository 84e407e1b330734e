"""A backup from one kind of database is restored into another, with everything in it, and taken while others write."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.sessions.base_session import AbstractBaseSession

from tests.operations.conftest import Databases
from tests.operations.filled import ODD, POINTS, SECRET
from tests.operations.hubs import ROOT, Place, Rows, rows
from virtadmin.operations.backup.archive import Archive

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("faults"), pytest.mark.usefixtures("valkey")]
OFTEN = ("accounts_", "servers_", "websites_", "notifications_", "metrics_raw", "metrics_rolled", "knox_", "auditlog_")
"""Tables that the test would prove little without."""
SYSTEMS = ("postgresql", "mariadb", "mysql", "sqlite")
"""In the order of the journey, which begins on SQLite."""
LOOK = (
    "from virtadmin.servers.models import Server, Tag; print(Server.objects.get(name='web1').private_key);"
    "print(max(Tag.objects.values_list('pk', flat=True))); print(Tag.objects.create(name='new').pk)"
)


@dataclass
class Journey:
    """A hub's data, moved from database to database."""

    first: Rows
    """What there was in the beginning."""
    places: dict[str, Place]
    """The hub that they were moved to, on each system."""
    backups: dict[str, Path]
    """Taken there right after."""


@pytest.fixture(scope="module")
def journey(
    tmp_path_factory: pytest.TempPathFactory, databases: Databases, filled_once: Path, valkey_server: str
) -> Journey:
    folder = tmp_path_factory.mktemp("journey")
    shutil.copytree(filled_once, folder / "begin")
    path = folder / "first.tar"
    assert Place(folder / "begin", valkey_server).does("backup", "--with-key", str(path)).strip() == str(path)
    made = Journey(rows(path), {}, {})
    for system in SYSTEMS:
        environment = {} if system == "sqlite" else {"DATABASE_URL": databases(system)}
        there = made.places[system] = Place(folder / system, valkey_server, **environment)
        assert "Restored: " in there.does("restore", str(path))
        path = made.backups[system] = folder / f"{system}.tar"
        there.does("backup", "--with-key", str(path))
    return made


def test_there_was_something_to_move_and_nobodys_session(journey: Journey) -> None:
    first = journey.first
    assert len(first["metrics_rawpoint"]) >= POINTS
    assert ODD in {row[0] for row in first["auth_group"]} | {row[1] for row in first["auth_group"]}
    sessions = {model._meta.db_table for model in apps.get_models() if issubclass(model, AbstractBaseSession)}
    assert sessions
    assert first.keys().isdisjoint(sessions), "a thief of a backup gets nobody's session"
    assert not [table for table in first if table.startswith(OFTEN) and not first[table]]


@pytest.mark.parametrize("system", SYSTEMS)
def test_everything_survives_a_journey_through_every_database(system: str, journey: Journey) -> None:
    again = rows(journey.backups[system])
    assert again.keys() == journey.first.keys()
    for table, content in journey.first.items():
        assert again[table] == content, f"{table} on {system}"
    secret, highest, new = journey.places[system].says(LOOK).splitlines()
    assert secret == SECRET
    assert int(highest) < int(new), "numbers go on"


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_writers_write_together_is_in_it_together(system: str, journey: Journey) -> None:
    """A backup is of one moment, whoever writes meanwhile."""
    place = journey.places[system]
    stop, first = place.home / "stop", place.home / "1.tar"
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.operations.writer", str(stop)],
        env=place.environment, cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert writer.stdout
        assert writer.stdout.readline() == "begun\n"
        place.does("backup", str(first))
        place.does("backup", str(place.home / "2.tar"))
    finally:
        stop.touch()
        written = int(writer.communicate(timeout=60)[0])
    counts = [_counts(place.home / name) for name in ("1.tar", "2.tar")]
    assert all(len(count) == 1 for count in counts), counts
    [one], [two] = counts
    assert 0 < int(one) < int(two) < written, "nobody waited for the backup"


def _counts(path: Path) -> set[str]:
    """What each table says of how far the writer was."""
    found = rows(path)
    with Archive(path) as archive:
        columns = {name: content.columns for name, content in archive.verified(lambda size: None).tables.items()}

    def of(table: str, column: str, where: str = "") -> list[str]:
        place = columns[table].index(column)
        return [row[place] for row in found[table] if where in row or not where]

    told = {*of("accounts_user", "last_name", "bob"), *of("servers_server", "username", "web1")}
    tags = {name.removeprefix("count ") for name in of("servers_tag", "name") if name.startswith("count")}
    return told | tags | set(of("notifications_notification", "title"))
