"""Enrolments that cannot succeed: each says why, keeps no secret and leaves no server behind."""

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest
from django.utils import timezone

from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from tests.servers.runs import ended, enrolled
from virtadmin.accounts.models import User
from virtadmin.servers import services
from virtadmin.servers.enrolment import course, enrol, remote
from virtadmin.servers.enrolment.half_made import server_for
from virtadmin.servers.enrolment.outcome import NO_SECRETS
from virtadmin.servers.models import InitialServerProfile, Server, UnknownSystem
from virtadmin.ssh import connection, host_keys
from virtadmin.ssh.stages import ConnectionFailure, Stage

pytestmark = pytest.mark.usefixtures("valkey")


@pytest.fixture(scope="module")
def host(make_module_host: MakeHost) -> Host:
    return make_module_host("srv-failures", "127.0.1.143", variant="py")


@pytest.fixture
def clean(host: Host) -> Iterator[Host]:
    """The host without anything of ours, before and after."""
    tidy = (
        "userdel virtadmin; rm -rf /home/virtadmin; "
        "test -e /usr/sbin/useradd.real && mv /usr/sbin/useradd.real /usr/sbin/useradd; true"
    )
    host.sh(tidy)
    yield host
    host.sh(tidy)


def failed(profile: InitialServerProfile) -> str:
    """What people are told of a first enrolment that failed."""
    assert profile.status == "failed", profile.log
    assert profile.server is None
    assert not Server.objects.exists()
    return profile.log.strip().splitlines()[-1]


def instead_of_useradd(host: Host, script: str) -> None:
    """Something happens in the middle of the script."""
    host.sh("mv /usr/sbin/useradd /usr/sbin/useradd.real")
    host.write_file("/usr/sbin/useradd", f"#!/bin/sh\n{script}\n", 0o755)


def tried(owner: User, address: str, port: int = 22) -> str:
    profile = services.profile_create(owner=owner, ip_address=address, port=port, password="some-secret")
    return failed(ended(profile))


def test_a_wrong_password(host: Host, alice: User) -> None:
    profile = enrolled(alice, host, password="not-the-one")
    assert "rejected the login of root" in failed(profile)
    assert "Check the user name" in profile.log
    assert "not-the-one" not in profile.log


def test_nothing_there(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Nothing listens on port 22" in tried(alice, "127.0.1.250")
    assert "cannot be resolved" in tried(alice, "nowhere.invalid")
    monkeypatch.setattr(host_keys, "CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.1.151", 0)) as silent:
        assert "nothing was said there for 0.3 seconds" in tried(alice, "127.0.1.151", silent.getsockname()[1])


def test_something_else_than_ssh(alice: User) -> None:
    with socket.create_server(("127.0.1.151", 0)) as web:

        def serve() -> None:
            with web.accept()[0] as client:
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=serve).start()
        assert "is not SSH: “HTTP/1.1 400 Bad Request”" in tried(alice, "127.0.1.151", web.getsockname()[1])


def test_a_fingerprint_that_does_not_match_stops_it_before_the_login(host: Host, alice: User) -> None:
    other = "SHA256:" + "A" * 43
    profile = enrolled(alice, host, host_key_fingerprint=other)
    assert "no login was sent" in failed(profile)
    assert "Logged in" not in profile.log


def test_the_right_fingerprint_lets_it_pass_and_pins_what_the_host_vouches_for(clean: Host, alice: User) -> None:
    shown = [key.fingerprint for key in services.host_keys_fetch(actor=alice, ip_address=clean.address)]
    assert shown[1] in clean.sh("ssh-keygen -lf /etc/ssh/ssh_host_ecdsa_key.pub")
    profile = enrolled(alice, clean, host_key_fingerprint=shown[1])
    assert profile.status == "succeeded", profile.log
    assert profile.server
    assert len(profile.server.host_keys.splitlines()) == 3


def test_a_user_of_our_name_that_we_did_not_make_is_left_alone(clean: Host, alice: User) -> None:
    clean.sh("useradd -m virtadmin && echo mine >/home/virtadmin/notes")
    assert "did not make" in failed(enrolled(alice, clean))
    assert clean.sh("cat /home/virtadmin/notes") == "mine\n"


def test_an_sshd_that_will_not_let_the_new_user_in(clean: Host, alice: User) -> None:
    clean.write_file("/etc/ssh/sshd_config.d/rule.conf", "AllowUsers root ops\n")
    try:
        assert "AllowUsers" in failed(enrolled(alice, clean))
    finally:
        clean.sh("rm /etc/ssh/sshd_config.d/rule.conf")
    assert clean.run("id", "virtadmin").returncode != 0


def test_a_full_disk(clean: Host, alice: User) -> None:
    clean.sh("mount -t tmpfs -o size=8k none /home")
    try:
        assert "disk is full" in failed(enrolled(alice, clean))
    finally:
        clean.sh("umount /home")
    assert enrolled(alice, clean).status == "succeeded"  # and a retry works


def test_a_home_without_execution_is_no_obstacle(clean: Host, alice: User) -> None:
    clean.sh("mount -t tmpfs -o noexec none /home")
    try:
        profile = enrolled(alice, clean)
        assert profile.status == "succeeded", profile.log
    finally:
        clean.sh("umount /home")


def test_nowhere_to_put_the_script(clean: Host, alice: User) -> None:
    places = "/tmp /var/tmp /dev/shm /root"
    clean.sh(f"for d in {places}; do mount -t tmpfs -o ro none $d; done")
    try:
        assert "could not be put on the server" in failed(enrolled(alice, clean))
    finally:
        clean.sh(f"umount {places}")


def test_a_connection_cut_in_the_middle(clean: Host, alice: User) -> None:
    instead_of_useradd(clean, "pkill -KILL -f 'sshd: root'; sleep 1")
    assert "connection was cut in the middle" in failed(enrolled(alice, clean))


def test_a_script_that_hangs(clean: Host, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "SILENCE_SECONDS", 1.0)
    instead_of_useradd(clean, "sleep 30")
    assert "given up" in failed(enrolled(alice, clean))


def test_a_script_that_ends_early_is_told_with_its_last_words(clean: Host, alice: User) -> None:
    instead_of_useradd(clean, "pkill -KILL -f '^sh /tmp/virtadmin'")
    told = failed(enrolled(alice, clean))
    assert "ended early, with exit status 137" in told
    assert "System: Linux" not in told


@pytest.fixture
def careless(clean: Host) -> Iterator[Host]:
    """A host whose running sshd gives virtadmin any command, though its configuration shows nothing of it now."""
    rule = "/etc/ssh/sshd_config.d/careless.conf"
    clean.write_file(rule, 'Match User virtadmin\n  ForceCommand sh -c "$SSH_ORIGINAL_COMMAND"\n')
    clean.sh(f"kill -HUP 1; sleep 0.5; rm {rule}")
    yield clean
    clean.sh("kill -HUP 1; sleep 0.5")


def test_a_key_that_is_not_restricted_is_taken_back(careless: Host, alice: User) -> None:
    assert "not restricted to the probe" in failed(enrolled(alice, careless))
    assert careless.run("id", "virtadmin").returncode != 0


def test_what_cannot_be_taken_back_is_told(careless: Host, alice: User) -> None:
    tools = "/usr/sbin/userdel /usr/sbin/deluser"
    careless.sh(f"for f in {tools}; do test -e $f && mv $f $f.real; done; true")
    try:
        profile = enrolled(alice, careless)
        assert "That failed: The user virtadmin stays" in profile.log
        assert "not restricted to the probe" in failed(profile)
    finally:
        careless.sh(f"for f in {tools}; do test -e $f.real && mv $f.real $f; done; true")


def test_a_run_ended_by_others_leaves_no_server(clean: Host, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(profile: InitialServerProfile) -> Server:
        server = server_for(profile)
        InitialServerProfile.objects.update(status="failed", finished=timezone.now(), **NO_SECRETS)
        return server

    monkeypatch.setattr(enrol, "server_for", meanwhile)
    profile = enrolled(alice, clean)
    assert not Server.objects.exists()
    assert "deleted meanwhile" not in profile.log


def test_a_login_without_a_shell_is_an_unknown_system(host: Host, alice: User) -> None:
    host.sh("useradd -m -s /usr/sbin/nologin appliance && echo appliance:appliance-pw | chpasswd")
    told = failed(enrolled(alice, host, "appliance", password="appliance-pw"))
    assert "no POSIX shell" in told
    system = UnknownSystem.objects.get(owner=alice)
    assert "OpenSSH" in system.system
    assert "not available" in system.system


def test_a_system_without_proc_is_an_unknown_system(clean: Host, alice: User) -> None:
    clean.sh(
        "mkdir -p /empty && mount --bind /empty /proc/sys && mount --bind /dev/null /proc/stat && "
        "mount -t tmpfs -o mode=755 none /proc"
    )
    try:
        told = failed(enrolled(alice, clean))
    finally:
        clean.sh("umount /proc; umount /proc/stat; umount /proc/sys; true")
    assert "There is no /proc/" in told
    assert "Linux" in UnknownSystem.objects.get(owner=alice).system
    enrolled(alice, clean)
    assert not UnknownSystem.objects.exists()  # it is known now


def test_a_server_that_answers_no_simple_command(host: Host, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "COMMAND_SECONDS", 0.0)
    assert "did not finish a simple command" in failed(enrolled(alice, host))


def test_a_surprise_in_the_hub_is_told_and_raised(host: Host, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    async def surprise(*_: object, **__: object) -> None:
        raise KeyError("some-secret")

    monkeypatch.setattr(course, "fetch_host_keys", surprise)
    profile = services.profile_create(owner=alice, ip_address=host.address, password="some-secret")
    with pytest.raises(KeyError):
        ended(profile)
    profile.refresh_from_db()
    assert "Something unexpected" in failed(profile)
    assert (profile.password, "some-secret" in profile.log) == ("", False)


def test_a_connection_that_breaks_between_two_commands_has_its_stage(host: Host) -> None:
    async def broken() -> None:
        keys = await host_keys.fetch_host_keys(host.address, 22)
        link = await connection.open_connection(
            address=host.address, port=22, username="root", host_keys=keys, password="root-secret"
        )
        link.abort()
        await remote.run(link, "true")

    with pytest.raises(ConnectionFailure) as caught:
        asyncio.run(broken())
    assert caught.value.stage == Stage.UNREACHABLE
