"""A backup of an older version is brought up to date on the way in."""

from pathlib import Path

import pytest

from tests.operations.archives import with_retired
from tests.operations.conftest import MakePlace
from tests.operations.hubs import Place, rows

pytestmark = [pytest.mark.timeout(900), pytest.mark.usefixtures("valkey")]
CHANNELS = (
    "from virtadmin.notifications.models import UserChannel;"
    "print(sorted(UserChannel.objects.filter(user__username='old-timer').values_list('kind', flat=True)))"
)
POINTS = (
    "from virtadmin.metrics.models import RawPoint;"
    "print(list(RawPoint.objects.values_list('cpu_usage', 'response_time')))"
)


@pytest.mark.parametrize("system", ["sqlite", "postgresql"])
def test_its_tables_and_its_data_are_migrated(system: str, make_place: MakePlace) -> None:
    old, there = make_place("old"), make_place("there", system)
    path = old.home / "old.tar"
    old.python("-m", "tests.operations.older", str(path))
    path = with_retired(path)
    assert "is up to date now" in there.does("restore", str(path))
    assert there.says(CHANNELS) == "['email', 'in_page', 'server_log']"
    assert there.says(POINTS) == "[(12.5, None)]"
    assert not list(there.home.glob("restoring-*"))
    there.does("backup", str(there.home / "new.tar"))


def test_what_an_app_that_is_retired_had_is_left_out(filled: Place, backup: Path, make_place: MakePlace) -> None:
    there = make_place("there", SECRETS_KEY=(filled.home / "secrets.key").read_text())
    said = there.does("restore", str(with_retired(backup)))
    assert "is up to date now" not in said, "nothing had to be migrated"
    there.does("backup", str(there.home / "again.tar"))
    assert rows(there.home / "again.tar") == rows(backup)


def test_one_that_cannot_be_migrated_changes_nothing(make_place: MakePlace) -> None:
    old, there = make_place("old"), make_place("there")
    path = old.home / "old.tar"
    old.python("-m", "tests.operations.older", str(path))
    there.environment["TMPDIR"] = "/nowhere"
    there.environment["TIME_ZONE"] = "Nowhere/Nothing"
    assert there.run("restore", str(path)).returncode == 1
    assert not (there.home / "virtadmin.sqlite3").exists()
