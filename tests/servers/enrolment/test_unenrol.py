"""Taking the hub off a server by a login there."""

from typing import Any

import pytest

from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from tests.servers.runs import ended, enrolled
from virtadmin.accounts.models import User
from virtadmin.servers import services
from virtadmin.servers.events import server_removed
from virtadmin.servers.models import InitialServerProfile, Server

pytestmark = pytest.mark.usefixtures("valkey")
TRACES = (
    "find / -xdev -path /proc -prune -o -path /sys -prune -o -path /var/log -prune -o -path /var/cache -prune -o "
    "-newer /tmp/before -type f -print"
)


@pytest.fixture(scope="module")
def host(make_module_host: MakeHost) -> Host:
    return make_module_host("srv-unenrol", "127.0.1.146", variant="py")


def unenrolled(server: Server, username: str, password: str) -> InitialServerProfile:
    return ended(services.server_unenrol(server=server, actor=server.owner, username=username, password=password))


def watched(owner: User, host: Host, username: str = "root") -> Server:
    server = enrolled(owner, host, username).server
    assert server
    return server


@pytest.mark.parametrize("username", ["root", "ops"])
def test_it_leaves_nothing_behind_and_proves_it(host: Host, alice: User, username: str) -> None:
    heard: list[int] = []

    def hear(server: Server, **_: Any) -> None:
        heard.append(server.pk)

    server_removed.connect(hear)
    users = host.sh("cat /etc/passwd /etc/group")
    server = watched(alice, host, username)
    number = server.pk
    run = unenrolled(server, username, f"{username}-secret")
    server_removed.disconnect(hear)
    assert run.status == "succeeded", run.log
    assert "Proof: user gone\n" in run.log
    assert "Proof: home gone\n" in run.log
    assert (Server.objects.count(), run.server, heard) == (0, None, [number])
    assert host.sh("cat /etc/passwd /etc/group") == users
    assert host.sh("ls /home /tmp").split() == ["/home:", "ops", "plain", "/tmp:"]


def test_a_wrong_login_changes_nothing(host: Host, alice: User) -> None:
    server = watched(alice, host)
    run = unenrolled(server, "root", "wrong")
    assert run.status == "failed"
    assert Server.objects.get() == server
    assert host.run("id", "virtadmin").returncode == 0


def test_removing_the_user_takes_root(host: Host, alice: User) -> None:
    server = watched(alice, host)
    run = unenrolled(server, "plain", "plain-secret")
    assert "takes root" in run.log
    assert Server.objects.get() == server


def test_an_installation_of_one_user_is_taken_away_by_that_user(host: Host, alice: User) -> None:
    server = watched(alice, host, "plain")
    assert "log in as plain" in unenrolled(server, "root", "root-secret").log
    run = unenrolled(server, "plain", "plain-secret")
    assert run.status == "succeeded", run.log
    assert host.sh("ls -A /home/plain/.ssh/authorized_keys /home/plain/.virtadmin 2>&1 || true").count("No such") >= 1
    assert not Server.objects.exists()


def test_a_server_that_went_meanwhile_ends_the_run(host: Host, alice: User) -> None:
    server = watched(alice, host)
    run = services.server_unenrol(server=server, actor=alice, username="root", password="root-secret")
    Server.objects.all().delete()
    assert ended(run).status == "failed"
