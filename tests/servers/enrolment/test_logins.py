"""Enrolment with every kind of login, on a real server."""

import asyncio
import subprocess
from collections.abc import Iterator

import pytest

from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from tests.servers.runs import enrolled, sample_of
from virtadmin.accounts.models import User
from virtadmin.servers.models import EnrolmentLog, InitialServerProfile, Server

pytestmark = pytest.mark.usefixtures("valkey")
PASSPHRASE = "phrase of the key"
KEYS = {
    "openssh": ["-t", "ed25519", "-N", ""],
    "pem": ["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""],
    "locked": ["-t", "ecdsa", "-N", PASSPHRASE],
}


@pytest.fixture(scope="module")
def host(make_module_host: MakeHost) -> Host:
    return make_module_host("srv-logins", "127.0.1.142", variant="full")


@pytest.fixture(scope="module")
def keys(host: Host, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Private keys by kind; root and ops let them in."""
    folder = tmp_path_factory.mktemp("keys")
    for kind, words in KEYS.items():
        subprocess.run(["ssh-keygen", "-q", *words, "-f", folder / kind], check=True)
    public = "".join((folder / f"{kind}.pub").read_text() for kind in KEYS)
    host.write_file("/root/.ssh/authorized_keys", public, 0o600)
    host.write_file("/home/ops/.ssh/authorized_keys", public)
    host.sh("chown -R ops:ops /home/ops/.ssh")
    return {kind: (folder / kind).read_text() for kind in KEYS}


@pytest.fixture
def sudo_rule(host: Host) -> Iterator[None]:
    """Takes away what a test wrote to /etc/sudoers.d/test."""
    yield
    host.sh("rm -f /etc/sudoers.d/test")


def succeeded(profile: InitialServerProfile) -> Server:
    assert profile.status == "succeeded", profile.log
    server = profile.server
    assert server
    assert server.enrolled
    assert asyncio.run(sample_of(server)).endswith(b"virtadmin-probe end\n")
    return server


def test_root_by_password_makes_a_watched_server(host: Host, alice: User) -> None:
    profile = enrolled(alice, host)
    server = succeeded(profile)
    assert (server.name, server.username, server.has_root_install) == (host.name, "virtadmin", True)
    assert (server.state.status, server.status, server.state.facts["hostname"]) == ("pending", "pending", host.name)
    kinds = [line.split()[0] for line in server.host_keys.splitlines()]
    assert kinds == ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"]
    assert EnrolmentLog.objects.get(server=server).text == profile.log
    for step in ("make the user", "make its home", "install the key", "run the probe", "verify"):
        assert f"Step: {step}\n" in profile.log
    assert profile.step == "verify"
    assert profile.host_key_fingerprint in host.sh("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub").split()
    assert "root-secret" not in profile.log
    assert host.sh("ls /tmp /var/tmp /dev/shm | grep -c virtadmin || true").strip() == "0"


@pytest.mark.parametrize("kind", KEYS)
def test_root_by_key(host: Host, alice: User, keys: dict[str, str], kind: str) -> None:
    phrase = PASSPHRASE if kind == "locked" else ""
    profile = enrolled(alice, host, ssh_key=keys[kind], ssh_key_passphrase=phrase, name="by key")
    assert succeeded(profile).name == "by key"


def test_a_sudoer_by_password_installs_for_the_whole_server(host: Host, alice: User) -> None:
    profile = enrolled(alice, host, "ops")
    assert succeeded(profile).has_root_install
    assert "ops may use sudo with the password" in profile.log
    assert "ops-secret" not in profile.log


def test_a_sudoer_without_password_needs_none(host: Host, alice: User, keys: dict[str, str], sudo_rule: None) -> None:
    host.write_file("/etc/sudoers.d/test", "ops ALL=(ALL) NOPASSWD: ALL\n", 0o440)
    profile = enrolled(alice, host, "ops", ssh_key=keys["openssh"])
    assert succeeded(profile).has_root_install
    assert "without a password" in profile.log


@pytest.mark.parametrize("rule", ["Defaults requiretty\n", "Defaults requiretty\nops ALL=(ALL) NOPASSWD: ALL\n"])
def test_sudo_that_demands_a_terminal_gets_one(host: Host, alice: User, sudo_rule: None, rule: str) -> None:
    host.write_file("/etc/sudoers.d/test", rule, 0o440)
    profile = enrolled(alice, host, "ops")
    assert succeeded(profile).has_root_install
    assert "ops-secret" not in profile.log


def test_a_key_and_the_password_for_sudo(host: Host, alice: User, keys: dict[str, str]) -> None:
    assert succeeded(enrolled(alice, host, "ops", ssh_key=keys["openssh"], password="ops-secret")).has_root_install
    wrong = enrolled(alice, host, "ops", ssh_key=keys["openssh"], password="ops-wrong", port=22)
    assert wrong.status == "failed"
    assert "sudo did not accept the password" in wrong.log


def test_without_privilege_it_installs_for_that_user_and_says_what_that_means(host: Host, alice: User) -> None:
    profile = enrolled(alice, host, "plain")
    server = succeeded(profile)
    assert (server.username, server.has_root_install) == ("plain", False)
    assert "installed for plain alone" in profile.log
    assert host.sh("stat -c %U /home/plain/.virtadmin/probe.py").strip() == "plain"


def test_where_there_is_no_sudo_it_installs_for_that_user(host: Host, alice: User) -> None:
    host.sh("mv /usr/bin/sudo /usr/bin/sudo.real")
    try:
        profile = enrolled(alice, host, "ops")
    finally:
        host.sh("mv /usr/bin/sudo.real /usr/bin/sudo")
    assert succeeded(profile).username == "ops"
    assert "There is no sudo on the server" in profile.log


def test_a_sudoer_by_key_without_a_password_installs_for_that_user(
    host: Host, alice: User, keys: dict[str, str]
) -> None:
    profile = enrolled(alice, host, "ops", ssh_key=keys["openssh"])
    assert succeeded(profile).username == "ops"
    assert "none was entered" in profile.log
