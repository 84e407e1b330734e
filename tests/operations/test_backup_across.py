"""A backup from one kind of database is restored into another, with everything in it."""

from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.sessions.base_session import AbstractBaseSession

from tests.operations.conftest import MakePlace
from tests.operations.filled import ODD, POINTS, SECRET
from tests.operations.hubs import Place, rows

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("faults"), pytest.mark.usefixtures("valkey")]
OFTEN = ("accounts_", "servers_", "websites_", "notifications_", "metrics_raw", "metrics_rolled", "knox_", "auditlog_")
"""Tables that the test would prove little without."""
SECRETS = "from virtadmin.servers.models import Server; print(Server.objects.get(name='web1').private_key)"
NEW = "from virtadmin.servers.models import Tag; print(Tag.objects.create(name='new').pk)"
HIGHEST = "from virtadmin.servers.models import Tag; print(max(Tag.objects.values_list('pk', flat=True)))"


def moved(source: Place, target: Place) -> Path:
    """Move what the one hub has to the other; a backup of what is there then."""
    path = source.home / "moving.tar"
    assert source.does("backup", "--with-key", str(path)).strip() == str(path)
    said = target.does("restore", str(path))
    assert "Restored: " in said
    again = target.home / "again.tar"
    target.does("backup", str(again))
    return again


def test_everything_survives_a_journey_through_every_database(filled: Place, make_place: MakePlace) -> None:
    filled.does("backup", str(filled.home / "first.tar"))
    first = rows(filled.home / "first.tar")
    assert len(first["metrics_rawpoint"]) >= POINTS
    assert ODD in {row[0] for row in first["auth_group"]} | {row[1] for row in first["auth_group"]}
    sessions = {model._meta.db_table for model in apps.get_models() if issubclass(model, AbstractBaseSession)}
    assert sessions
    assert first.keys().isdisjoint(sessions), "a thief of a backup gets nobody's session"
    assert not [table for table in first if table.startswith(OFTEN) and not first[table]]
    place = filled
    for number, system in enumerate(("postgresql", "mariadb", "mysql", "sqlite")):
        there = make_place(f"{number}-{system}", system)
        again = rows(moved(place, there))
        assert again.keys() == first.keys()
        for table, content in first.items():
            assert again[table] == content, f"{table} on {system}"
        assert there.says(SECRETS) == SECRET
        assert int(there.says(HIGHEST)) < int(there.says(NEW)), "numbers go on"
        there.says("from virtadmin.servers.models import Tag; Tag.objects.get(name='new').delete()")
        there.says("from auditlog.models import LogEntry; LogEntry.objects.filter(object_repr='new').delete()")
        place = there
