"""A backup of an older version is brought up to date on the way in."""

import pytest

from tests.operations.conftest import MakePlace

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
    assert "is up to date now" in there.does("restore", str(path))
    assert there.says(CHANNELS) == "['email', 'in_page', 'server_log']"
    assert there.says(POINTS) == "[(12.5, None)]"
    assert not list(there.home.glob("restoring-*"))
    there.does("backup", str(there.home / "new.tar"))


def test_one_that_cannot_be_migrated_changes_nothing(make_place: MakePlace) -> None:
    old, there = make_place("old"), make_place("there")
    path = old.home / "old.tar"
    old.python("-m", "tests.operations.older", str(path))
    there.environment["TMPDIR"] = "/nowhere"
    there.environment["TIME_ZONE"] = "Nowhere/Nothing"
    assert there.run("restore", str(path)).returncode == 1
    assert not (there.home / "virtadmin.sqlite3").exists()
