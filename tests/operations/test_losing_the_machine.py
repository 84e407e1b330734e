"""The machine of the hub is lost. What is left is a backup, and the servers that it watched."""

import shutil
from pathlib import Path

import pytest

from tests.hosts.fixtures import MakeHost
from tests.running.hub import Hub, until

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("up")]


def watched(hub: Hub) -> dict[str, object]:
    found: dict[str, object] = next(
        server for server in hub.call("GET", "/api/server/")["results"] if server["name"] == "web1"
    )
    return found


def points(hub: Hub, number: object) -> list[object]:
    found: list[object] = hub.call("GET", f"/api/server/{number}/history/?metric=cpu_usage")["points"]
    return found


def test_a_new_machine_goes_on_with_the_backup(tmp_path: Path, make_host: MakeHost) -> None:
    host = make_host("lost-hub", "127.0.1.215")
    (tmp_path / "old").mkdir()
    hub = Hub(tmp_path / "old", WATCH_THIS_MACHINE="false").start()
    try:
        done = hub.run("enrol", host.address, "--name", "web1", said="root-secret\n")
        assert done.returncode == 0, done.stdout + done.stderr
        until(lambda: watched(hub)["status"] == "up", what="a first poll")
        before = watched(hub)
        known = len(points(hub, before["id"]))
        backup = tmp_path / "backup.tar"
        done = hub.run("backup", "--with-key", str(backup))  # it runs and polls meanwhile
        assert (done.returncode, done.stderr) == (0, "")
        refused = hub.run("restore", "--replace", str(backup))
        assert "running already" in refused.stderr
    finally:
        hub.stop()
    shutil.rmtree(tmp_path / "old")

    (tmp_path / "new").mkdir()
    hub = Hub(tmp_path / "new", WATCH_THIS_MACHINE="false")
    done = hub.run("restore", str(backup))
    assert done.returncode == 0, done.stderr
    try:
        hub.start()
        until(lambda: watched(hub)["last_update"] != before["last_update"], 90, "a poll with the old key")
        after = watched(hub)
        assert (after["status"], after["id"]) == ("up", before["id"])
        assert len(points(hub, after["id"])) > known > 0, "the history goes on"
        assert "host key" not in hub.log
    finally:
        hub.stop()
