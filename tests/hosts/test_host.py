"""The hosts themselves: that they are servers of their own, and that nothing of them stays."""

import socket
import subprocess

import pytest

from tests.hosts import fixtures
from tests.hosts.fixtures import MakeHost, hosts_or_skip
from tests.hosts.maker import LOGINS, Host

ADDRESS = "127.0.1.106"


def greeting(address: str) -> bytes:
    """What an SSH server there says first."""
    with socket.create_connection((address, 22), 1) as line:
        line.settimeout(1)
        return line.recv(4)


def test_it_is_a_server_of_its_own(make_host: MakeHost) -> None:
    host = make_host("probe-own", ADDRESS)
    assert greeting(host.address) == b"SSH-"
    assert host.sh("hostname; cat /etc/hostname").split() == [host.name, host.name]
    assert "sshd" in host.sh("cat /proc/1/cmdline")
    host.write_file("/etc/a/b", "text\n", 0o600)
    assert host.sh("cat /etc/a/b; stat -c %a /etc/a/b") == "text\n600\n"
    assert host.run("sh", "-c", "cat; exit 3", stdin=b"said").stdout == b"said"
    with pytest.raises(AssertionError, match="nowhere"):
        host.sh("cat /nowhere")
    allowed = host.sh(f"su - ops -c \"echo {LOGINS['ops']} | sudo -k -S -p '' id -u\"")
    assert allowed == "0\n"
    refused = host.run("su", "-", "plain", "-c", f"echo {LOGINS['plain']} | sudo -k -S -p '' id -u")
    assert refused.returncode != 0


def test_a_paused_one_says_nothing_until_it_goes_on(make_host: MakeHost) -> None:
    host = make_host("probe-paused", ADDRESS)
    host.pause()
    with pytest.raises(TimeoutError):
        greeting(host.address)
    host.resume()
    assert greeting(host.address) == b"SSH-"


def test_a_fresh_start_knows_nothing_of_the_last(make_host: MakeHost) -> None:
    host = make_host("probe-fresh", ADDRESS)
    host.sh("touch /root/mine; sleep 300 >/dev/null 2>&1 &")
    host.start()
    assert host.run("test", "-e", "/root/mine").returncode == 1
    assert "sleep" not in host.sh("ps ax -o comm")
    host.stop()
    with pytest.raises(ConnectionRefusedError):
        greeting(host.address)
    assert host.name not in subprocess.run(["mount"], capture_output=True, text=True, check=True).stdout
    host.stop()


def test_a_host_that_is_not_there_is_an_error() -> None:
    hosts_or_skip()
    with pytest.raises(RuntimeError, match="no host probe-nobody"):
        Host("probe-nobody", ADDRESS).pause()


def test_hosts_of_tests_that_run_side_by_side_do_not_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw2")
    assert fixtures._of_this_worker("probe-a", "127.0.1.100") == ("probe-a-2", "127.0.3.100")
    monkeypatch.delenv("PYTEST_XDIST_WORKER")
    assert fixtures._of_this_worker("probe-a", "127.0.1.100") == ("probe-a", "127.0.1.100")


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_where_no_hosts_can_be_made_ci_fails(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(fixtures, "what_is_missing", lambda: "making hosts needs root")
    with pytest.raises(outcome, match="needs root"):
        hosts_or_skip()
