"""For those who give nobody a password: a person runs the printed script, the hub verifies."""

import asyncio

import pytest

from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from tests.servers.runs import ended, sample_of
from virtadmin.accounts.models import User
from virtadmin.core.errors import Conflict
from virtadmin.servers import services
from virtadmin.servers.models import InitialServerProfile, Server

pytestmark = pytest.mark.usefixtures("valkey")


@pytest.fixture(scope="module")
def host(make_module_host: MakeHost) -> Host:
    return make_module_host("srv-by-hand", "127.0.1.145", variant="py")


def printed(owner: User, host: Host, **fields: str) -> InitialServerProfile:
    return services.profile_create(owner=owner, ip_address=host.address, by_hand=True, **fields)


def verified(profile: InitialServerProfile) -> InitialServerProfile:
    services.profile_verify(profile=profile, actor=profile.owner)
    assert profile.status == "pending"
    return ended(profile)


def test_the_script_run_by_root_is_verified(host: Host, alice: User) -> None:
    profile = printed(alice, host)
    assert (profile.status, profile.server is not None) == ("pending", True)
    assert "Waiting" in profile.log
    script = services.profile_script(profile=profile)
    assert host.run("sh", "-s", stdin=script.encode()).returncode == 0
    done = verified(profile)
    assert done.status == "succeeded", done.log
    server = done.server
    assert server
    assert (server.name, server.username, server.has_root_install) == (host.name, "virtadmin", True)
    assert services.host_keys_fetch(actor=alice, ip_address=host.address)[0].fingerprint in done.log
    assert asyncio.run(sample_of(server))
    with pytest.raises(Conflict):
        services.profile_verify(profile=done, actor=done.owner)


def test_the_script_run_by_a_plain_user_is_verified_as_that_user(host: Host, alice: User) -> None:
    profile = printed(alice, host, username="plain", name="plain box")
    script = services.profile_script(profile=profile)
    assert host.run("runuser", "-l", "plain", "-c", "sh -s", stdin=script.encode()).returncode == 0
    done = verified(profile)
    assert done.status == "succeeded", done.log
    assert done.server
    assert (done.server.name, done.server.username, done.server.has_root_install) == ("plain box", "plain", False)


def test_verifying_too_early_says_so_and_may_be_tried_again(host: Host, alice: User) -> None:
    profile = printed(alice, host)
    early = verified(profile)
    assert early.status == "failed"
    assert "Was the script run there to its end?" in early.log
    assert early.server  # its key is in the script that was shown
    script = services.profile_script(profile=early)
    assert host.run("sh", "-s", stdin=script.encode()).returncode == 0
    assert verified(early).status == "succeeded"


def test_a_probe_that_fails_is_no_reason_to_try_another_user(host: Host, alice: User) -> None:
    profile = printed(alice, host)
    host.run("sh", "-s", stdin=services.profile_script(profile=profile).encode())
    host.sh("mv /home/virtadmin/probe /home/virtadmin/probe.away")
    try:
        done = verified(profile)
    finally:
        host.sh("mv /home/virtadmin/probe.away /home/virtadmin/probe")
    assert done.status == "failed"
    assert "The probe is not there any more" in done.log


def test_giving_it_up_forgets_the_key(host: Host, alice: User) -> None:
    profile = printed(alice, host)
    services.profile_delete(profile=profile)
    assert not Server.objects.exists()
    assert not InitialServerProfile.objects.exists()


def test_a_run_by_login_waits_for_no_script(host: Host, alice: User) -> None:
    profile = services.profile_create(owner=alice, ip_address=host.address, password="x")
    with pytest.raises(Conflict):
        services.profile_script(profile=profile)
    with pytest.raises(Conflict):
        services.profile_verify(profile=profile, actor=alice)


def test_a_server_deleted_meanwhile_ends_the_run(host: Host, alice: User) -> None:
    profile = printed(alice, host)
    services.profile_verify(profile=profile, actor=profile.owner)
    Server.objects.all().delete()
    assert "deleted meanwhile" in ended(profile).log
