"""Enrolling an address that is watched already: it is repaired."""

import asyncio

import pytest

from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from tests.servers.runs import enrolled, sample_of
from virtadmin.accounts.models import User
from virtadmin.servers import services
from virtadmin.servers.enrolment import enrol
from virtadmin.servers.models import Server
from virtadmin.ssh.stages import ConnectionFailure, Stage
from virtadmin.ssh.target import Target

pytestmark = pytest.mark.usefixtures("valkey")


@pytest.fixture(scope="module")
def host(make_module_host: MakeHost) -> Host:
    return make_module_host("srv-repair", "127.0.1.144", variant="py")


def watched(owner: User, host: Host) -> Server:
    server = enrolled(owner, host).server
    assert server
    return server


def stage_of(server: Server) -> Stage:
    with pytest.raises(ConnectionFailure) as caught:
        asyncio.run(sample_of(server))
    return caught.value.stage


def test_a_broken_probe_works_again_with_the_same_key_pair(host: Host, alice: User) -> None:
    server = watched(alice, host)
    key = server.private_key
    host.sh("rm -rf /home/virtadmin/probe /home/virtadmin/env")
    assert stage_of(server) == Stage.PROBE_MISSING
    profile = enrolled(alice, host)
    assert profile.status == "succeeded", profile.log
    assert "it is repaired" in profile.log
    assert profile.server == server
    server.refresh_from_db()
    assert server.private_key == key
    assert asyncio.run(sample_of(server))


def test_a_repair_that_fails_leaves_the_server_as_it_was(host: Host, alice: User) -> None:
    server = watched(alice, host)
    profile = enrolled(alice, host, password="wrong")
    assert profile.status == "failed"
    assert Server.objects.get() == server
    assert asyncio.run(sample_of(server))


def test_a_repair_that_cannot_be_verified_takes_nothing_away(
    host: Host, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when another process of ours changed the key in the middle."""
    server = watched(alice, host)

    async def rejected(target: Target) -> None:
        raise ConnectionFailure(Stage.AUTH_REJECTED, "It was not let in.")

    monkeypatch.setattr(enrol, "verify", rejected)
    profile = enrolled(alice, host)
    assert profile.status == "failed"
    assert "taken back" not in profile.log
    assert asyncio.run(sample_of(server))


def test_a_name_is_changed_only_if_given(host: Host, alice: User) -> None:
    server = watched(alice, host)
    Server.objects.filter(pk=server.pk).update(name="mine")
    enrolled(alice, host)
    assert Server.objects.get().name == "mine"
    enrolled(alice, host, name="renamed")
    assert Server.objects.get().name == "renamed"


def test_a_lost_key_is_made_anew(host: Host, alice: User) -> None:
    server = watched(alice, host)
    Server.objects.filter(pk=server.pk).update(private_key="", public_key="")
    server.refresh_from_db()
    assert stage_of(server) == Stage.AUTH_REJECTED
    repaired = watched(alice, host)
    assert repaired == server
    assert repaired.private_key


def test_a_changed_host_key_is_never_accepted_silently(host: Host, alice: User) -> None:
    server = watched(alice, host)
    host.sh("rm /etc/ssh/ssh_host_ed25519_key* && ssh-keygen -q -A")
    host.sh("kill -HUP 1; sleep 0.5")
    assert stage_of(server) == Stage.HOST_KEY_CHANGED
    profile = enrolled(alice, host)
    assert profile.status == "failed"
    assert "another host key" in profile.log
    assert "Logged in" not in profile.log
    shown = [key.fingerprint for key in services.host_keys_fetch(actor=alice, ip_address=host.address)]
    accepted = enrolled(alice, host, host_key_fingerprint=shown[0])
    assert accepted.status == "succeeded", accepted.log
    server.refresh_from_db()
    assert asyncio.run(sample_of(server))


def test_two_owners_watch_one_address_each_with_a_server_of_their_own(host: Host, alice: User, charlie: User) -> None:
    first, second = watched(alice, host), watched(charlie, host)
    assert first != second
    assert asyncio.run(sample_of(first))
    assert asyncio.run(sample_of(second))
