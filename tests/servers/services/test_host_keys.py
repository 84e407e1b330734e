"""Accepting the new key of a host, on a real server."""

import pytest

from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from virtadmin.accounts.models import User
from virtadmin.core.errors import InvalidInput
from virtadmin.servers import services
from virtadmin.servers.models import Server, ServerState
from virtadmin.ssh.host_keys import pinned

pytestmark = pytest.mark.usefixtures("valkey")  # it counts how often somebody looks


@pytest.fixture(scope="module")
def host(make_module_host: MakeHost) -> Host:
    return make_module_host("srv-accept", "127.0.1.152")


def test_only_the_key_that_was_compared_is_pinned(host: Host, alice: User) -> None:
    old = host.sh("cat /etc/ssh/ssh_host_rsa_key.pub")
    gone = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEH1nsZtE6qjudnO3QnPyEFwi3EKFMZBy9wKxPyXTUpD"
    server = Server.objects.create(owner=alice, name="web", ip_address=host.address, host_keys=f"{gone}\n{old}")
    ServerState.objects.create(server=server, retry_at=9e9)
    keys = services.host_keys_fetch(actor=alice, ip_address=host.address)
    ed25519, ecdsa, rsa = (key.fingerprint for key in keys)
    with pytest.raises(InvalidInput) as caught:
        services.server_accept_host_key(server=server, actor=alice, fingerprint="SHA256:" + "A" * 43)
    assert ed25519 in caught.value.message
    assert gone in Server.objects.get().host_keys
    services.server_accept_host_key(server=server, actor=alice, fingerprint=ed25519)
    assert [key.fingerprint for key in pinned(Server.objects.get().host_keys)] == [ed25519, rsa]
    assert ecdsa not in (ed25519, rsa)
    state = ServerState.objects.get()
    assert (state.retry_at, state.revision) == (None, 1), "it is asked anew, and what was asked before counts no more"
    with pytest.raises(InvalidInput):
        services.server_accept_host_key(server=server, actor=alice, fingerprint="")
