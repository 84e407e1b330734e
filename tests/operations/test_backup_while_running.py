"""A backup is of one moment, whoever writes meanwhile."""

import subprocess
import sys

import pytest

from tests.operations.conftest import MakePlace
from tests.operations.hubs import ROOT, rows
from virtadmin.operations.backup.archive import Archive

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("faults"), pytest.mark.usefixtures("valkey")]


@pytest.mark.parametrize("system", ["sqlite", "postgresql", "mariadb", "mysql"])
def test_what_writers_write_together_is_in_it_together(system: str, make_place: MakePlace) -> None:
    place = make_place("hub", system)
    place.python("-m", "tests.operations.filled")
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


def _counts(path: object) -> set[str]:
    """What each table says of how far the writer was."""
    found = rows(path)  # type: ignore[arg-type]
    with Archive(path) as archive:  # type: ignore[arg-type]
        columns = {name: content.columns for name, content in archive.verified(lambda size: None).tables.items()}

    def of(table: str, column: str, where: str = "") -> list[str]:
        place = columns[table].index(column)
        return [row[place] for row in found[table] if where in row or not where]

    told = {*of("accounts_user", "last_name", "bob"), *of("servers_server", "username", "web1")}
    tags = {name.removeprefix("count ") for name in of("servers_tag", "name") if name.startswith("count")}
    return told | tags | set(of("notifications_notification", "title"))
