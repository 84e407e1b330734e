"""Taking it away: what is removed is proven, and what others own stays and is named."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from tests.probe.enrolling import Hub, leftovers
from virtadmin.servers.enrol_script import cleanup_line

CLEAN = "pkill -u virtadmin; userdel -f virtadmin; groupdel virtadmin; rm -rf /home/virtadmin /home/plain/.virtadmin"


@pytest.fixture(scope="module")
def shared_host(make_module_host: MakeHost) -> Host:
    """A server that all of these share."""
    return make_module_host("probe-leaving", "127.0.1.105")


@pytest.fixture
def host(shared_host: Host) -> Iterator[Host]:
    """It, left as it was even if a test fails."""
    yield shared_host
    shared_host.run("sh", "-c", CLEAN)


@pytest.fixture
def hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """A hub with one key for all of them."""
    return Hub(tmp_path_factory.getbasetemp() / "leaving")


def test_what_others_put_there_stays(host: Host, hub: Hub) -> None:
    hub.enrol(host)
    host.sh("mkdir ~virtadmin/theirs; echo 1 >'/home/virtadmin/theirs/a file'")
    outcome = hub.unenrol(host)
    assert (outcome.status, outcome.last) == (0, "@done"), outcome.text
    assert outcome.lines("left") == ["/home/virtadmin/theirs", "/home/virtadmin/theirs/a file"]
    assert outcome.lines("proof") == ["key gone"]
    assert host.sh("cat '/home/virtadmin/theirs/a file'; id -un virtadmin") == "1\nvirtadmin\n"
    host.sh("rm -r ~virtadmin/theirs")
    assert hub.unenrol(host).lines("proof") == ["key gone", "home gone", "user gone"]


def test_keys_of_others_keep_the_account(host: Host, hub: Hub) -> None:
    hub.enrol(host)
    host.sh("echo 'ssh-ed25519 AAAA somebody' >>~virtadmin/.ssh/authorized_keys")
    outcome = hub.unenrol(host)
    assert outcome.lines("proof") == ["key gone"]
    assert "authorized_keys" in outcome.lines("left")[0]
    assert host.sh("cat ~virtadmin/.ssh/authorized_keys") == "ssh-ed25519 AAAA somebody\n"


def test_what_else_runs_as_the_user_keeps_it(host: Host, hub: Hub) -> None:
    hub.enrol(host)
    host.sh("su virtadmin -c 'sleep 60 >/dev/null 2>&1 &'")
    outcome = hub.unenrol(host)
    assert (outcome.status, outcome.code) == (1, "in_use"), outcome.text
    assert "sleep 60" in outcome.last
    host.sh("pkill -u virtadmin")
    assert hub.unenrol(host).lines("proof") == ["key gone", "home gone", "user gone"]


def test_what_was_cut_off_between_home_and_user_goes_on_and_can_be_enrolled_anew(host: Host, hub: Hub) -> None:
    cut_off = "mv /home/virtadmin/.virtadmin-marker /home/.virtadmin-leaving; rm -rf /home/virtadmin"
    hub.enrol(host)
    host.sh(cut_off)
    assert hub.unenrol(host).lines("proof") == ["user gone", "home gone"]
    assert host.sh("ls -A /home; id virtadmin 2>&1 || true").split()[:2] == ["ops", "plain"]
    hub.enrol(host)
    host.sh(cut_off)
    assert hub.enrol(host).last.startswith("@done"), "an interrupted leave does not make the account foreign"
    assert hub.unenrol(host).lines("proof") == ["key gone", "home gone", "user gone"]


@pytest.mark.parametrize("login", ["root", "plain"])
def test_where_nothing_is_there_is_nothing_to_do(login: str, host: Host, hub: Hub) -> None:
    outcome = hub.unenrol(host, login)
    assert (outcome.status, outcome.last) == (0, "@done"), outcome.text
    assert "home gone" in outcome.lines("proof")


def test_one_line_cleans_up_without_the_hub(host: Host, hub: Hub) -> None:
    hub.enrol(host)
    host.sh(cleanup_line(hub_id=hub.hub_id, server_id=hub.server_id))
    assert leftovers(host) == ""


def test_that_line_leaves_the_other_hub_its_access(host: Host, hub: Hub) -> None:
    other = Hub(hub.folder, "hub-2")
    hub.enrol(host)
    other.enrol(host)
    host.run("sh", "-c", cleanup_line(hub_id=hub.hub_id, server_id=hub.server_id))
    assert hub.ask(host, "sample").returncode == 255
    assert other.ask(host, "sample").stdout.endswith("virtadmin-probe end\n")


def test_that_line_for_a_login_without_rights(host: Host, hub: Hub) -> None:
    hub.enrol(host, "plain")
    host.write_file("/tmp/line", cleanup_line(hub_id=hub.hub_id, server_id=hub.server_id, as_root=False))
    host.sh("su - plain -c 'sh /tmp/line'")
    assert leftovers(host) == ""


def test_that_line_does_nothing_to_an_account_that_is_not_ours(host: Host, hub: Hub, tmp_path: Path) -> None:
    host.sh("useradd --create-home virtadmin; echo 1 >~virtadmin/mine")
    assert host.run("sh", "-c", cleanup_line(hub_id=hub.hub_id, server_id=hub.server_id)).returncode != 0
    assert host.sh("cat ~virtadmin/mine") == "1\n"
