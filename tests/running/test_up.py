"""`virtadmin up` as a newcomer meets it: a whole hub, real processes."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.fixtures import MakeHost
from tests.running.hub import Hub, until
from virtadmin.running.up import local_address

pytestmark = pytest.mark.xdist_group("up")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    started = Hub(tmp_path_factory.mktemp("hub"))
    try:
        yield started.start()
    finally:
        started.stop()


def test_this_machine_shows_live_data_by_itself(hub: Hub) -> None:
    def live() -> object:
        return [server for server in hub.call("GET", "/api/server/")["results"] if server["cpu_usage"] is not None]

    [server] = until(live, what="live data")
    assert server["name"] == socket.gethostname()
    assert server["status"] == "up"
    assert server["ram_total"] == pytest.approx(int(Path("/proc/meminfo").read_text().split()[1]) / 1024, abs=1)
    [limits] = hub.call("GET", f"/api/thresholds/by_server/{server['id']}/")["results"]
    assert limits["cpu_usage"] == 80


def test_the_command_line_sees_the_same(hub: Hub) -> None:
    until(lambda: hub.run("status").returncode == 0, what="health")
    done = hub.run("servers")
    assert socket.gethostname()[:24] in done.stdout
    assert " up " in done.stdout


def test_a_server_is_added_and_taken_away_by_the_command_line(hub: Hub, make_host: MakeHost) -> None:
    host = make_host("up-cli", "127.0.1.210")
    refused = hub.run("enrol", host.address, said="wrong\n")
    assert refused.returncode == 1
    assert "rejected" in refused.stdout
    done = hub.run("enrol", host.address, "--name", "by-hand", said="root-secret\n")
    assert (done.returncode, "Succeeded" in done.stdout) == (0, True), done.stdout + done.stderr
    assert "root-secret" not in done.stdout
    until(
        lambda: "by-hand" in hub.run("servers").stdout and hub.run("servers").stdout.count(" up ") == 2, what="two up"
    )
    gone = hub.run("unenrol", "by-hand", said="root-secret\n")
    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert "user gone" in gone.stdout
    assert "virtadmin" not in host.sh("cat /etc/passwd")


def test_or_by_hand_by_those_who_give_no_login(hub: Hub, make_host: MakeHost) -> None:
    host = make_host("up-hand", "127.0.1.211")
    printed = hub.run("enrol", host.address, "--name", "no-login", "--print")
    host.run("sh", "-s", stdin=printed.stdout.encode())
    number = printed.stderr.split("virtadmin verify ")[1].split()[0]
    done = hub.run("verify", number)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_second_hub_on_the_same_folder_or_port_is_refused(hub: Hub, tmp_path: Path) -> None:
    done = hub.run("up", "--listen", "127.0.0.1:0")
    assert (done.returncode, "not host:port" in done.stderr or "running already" in done.stderr) == (1, True)
    done = hub.run("up")
    assert done.returncode == 1
    assert "running already" in done.stderr
    other = Hub(tmp_path, VIRTADMIN_LISTEN=hub.listen)
    done = other.run("up")
    assert done.returncode == 1
    assert "in use" in done.stderr


def test_whatever_is_killed_comes_back(hub: Hub) -> None:
    """Web, worker, beat and Valkey, all at once."""
    assert hub.process
    children = Path(f"/proc/{hub.process.pid}/task/{hub.process.pid}/children")
    killed = set(children.read_text().split())
    assert len(killed) == 4
    for pid in killed:
        os.kill(int(pid), signal.SIGKILL)
    until(lambda: len(set(children.read_text().split()) - killed) == 4, what="new processes")
    until(hub.answers, what="the page")

    def last_update() -> object:
        return hub.call("GET", "/api/server/?address=localhost")["results"][0]["last_update"]

    last = last_update()
    until(lambda: last_update() != last, what="fresh data")


def test_ctrl_c_ends_all_of_it_and_a_second_start_keeps_everything(hub: Hub) -> None:
    name = hub.call("GET", "/api/server/")["results"][0]["id"]
    with socket.create_connection(("127.0.0.1", int(hub.listen.rpartition(":")[2]))) as stream:
        stream.sendall(b"GET /login/ HTTP/1.1\r\nHost: x\r\n")  # a client that never finishes does not hold it up
        assert hub.stop() < 5
    assert not (hub.home / "run" / "valkey.sock").exists()
    hub.start()
    assert hub.call("GET", "/api/server/")["results"][0]["id"] == name
    assert "with the password" not in hub.log


def test_the_first_admins_password_is_made_and_printed_once(tmp_path: Path) -> None:
    hub = Hub(tmp_path, password="")
    hub.start()
    try:
        [line] = [line for line in hub.log.splitlines() if "with the password" in line]
        hub.password = line.split("password ")[1].split()[0]
        assert hub.call("GET", "/api/me/")["username"] == "admin"
        assert oct((tmp_path / "secrets.key").stat().st_mode)[-3:] == "600"
    finally:
        hub.stop()


@pytest.mark.parametrize(
    ("listen", "opened"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000"), ("0.0.0.0:8000", "http://localhost:8000"),
        ("[::]:80", "http://localhost:80"), ("[2001:db8::1]:80", "http://[2001:db8::1]:80"),
        ("8000", "http://localhost:8000"), ("hub.example.org:8000", "http://hub.example.org:8000"),
    ],
)  # fmt: skip
def test_the_address_it_says_can_be_opened(listen: str, opened: str) -> None:
    """A browser cannot go to "every address of this machine"."""
    assert local_address(listen) == opened
