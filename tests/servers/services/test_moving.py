"""A server that is at another address now: believed by the key it holds, on a real host."""

import pytest

from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from virtadmin.accounts.models import User
from virtadmin.core.errors import Conflict, InvalidInput, NotAllowed
from virtadmin.servers import services
from virtadmin.servers.models import InitialServerProfile, Server, ServerState
from virtadmin.ssh.host_keys import as_text
from virtadmin.ssh.stages import ConnectionFailure, Stage

OTHERS = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEH1nsZtE6qjudnO3QnPyEFwi3EKFMZBy9wKxPyXTUpD"

pytestmark = pytest.mark.usefixtures("valkey")  # it counts how often somebody looks


@pytest.fixture(scope="module")
def host(make_module_host: MakeHost) -> Host:
    return make_module_host("srv-moved", "127.0.1.153")


@pytest.fixture
def moved(host: Host, alice: User) -> Server:
    """A server known by one of the host's keys, at an address where nothing is any more."""
    keys = services.host_keys_fetch(actor=alice, ip_address=host.address)
    server = Server.objects.create(
        owner=alice, name="web", ip_address="127.0.1.154", host_keys=as_text(keys[-1:]), enrolled=True
    )
    ServerState.objects.create(server=server, status="down", retry_at=9e9)
    return server


def test_it_is_asked_where_its_key_is_found(host: Host, alice: User, moved: Server) -> None:
    services.server_move(server=moved, actor=alice, ip_address=f" {host.address} ", port=22)
    moved.refresh_from_db()
    assert (moved.ip_address, moved.port) == (host.address, 22)
    state = ServerState.objects.get()
    assert (state.retry_at, state.revision) == (None, 1), "asked at once; what was asked before counts no more"
    assert state.status == "down", "until it has answered"


def test_another_server_at_the_address_is_not_taken_for_it(host: Host, alice: User, moved: Server) -> None:
    Server.objects.update(host_keys=OTHERS)
    moved.refresh_from_db()
    with pytest.raises(InvalidInput, match="another server") as caught:
        services.server_move(server=moved, actor=alice, ip_address=host.address)
    assert (caught.value.field, Server.objects.get().ip_address) == ("ip_address", "127.0.1.154")


def test_an_address_where_nobody_answers_is_not_taken(alice: User, moved: Server) -> None:
    with pytest.raises(ConnectionFailure) as caught:
        services.server_move(server=moved, actor=alice, ip_address="127.0.1.155")
    assert caught.value.stage == Stage.REFUSED
    assert Server.objects.get().ip_address == "127.0.1.154"


def test_an_address_is_anothers_only_once(host: Host, alice: User, bob: User, moved: Server) -> None:
    Server.objects.create(owner=bob, name="his", ip_address=host.address)
    Server.objects.create(owner=alice, name="hers", ip_address=host.address, port=2222)
    with pytest.raises(InvalidInput, match="already"):
        services.server_move(server=moved, actor=alice, ip_address=host.address, port=2222)
    services.server_move(server=moved, actor=alice, ip_address=host.address)


def test_an_address_that_was_taken_meanwhile_is_refused(
    host: Host, alice: User, moved: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = services.host_keys_fetch(actor=alice, ip_address=host.address)

    def slowly(**_: object) -> object:
        Server.objects.create(owner=alice, name="quicker", ip_address=host.address)
        return keys

    monkeypatch.setattr("virtadmin.servers.services.moving.host_keys_fetch", slowly)
    with pytest.raises(InvalidInput, match="already"):
        services.server_move(server=moved, actor=alice, ip_address=host.address)


def test_who_may_move_what(host: Host, alice: User, bob: User, charlie: User, moved: Server) -> None:
    for actor in (bob, charlie):
        with pytest.raises(NotAllowed):
            services.server_move(server=moved, actor=actor, ip_address=host.address)
    InitialServerProfile.objects.create(owner=alice, server=moved, ip_address="127.0.1.154", status="running")
    with pytest.raises(Conflict, match="under way"):
        services.server_move(server=moved, actor=alice, ip_address=host.address)
    InitialServerProfile.objects.all().delete()
    Server.objects.update(transport="local")
    moved.refresh_from_db()
    with pytest.raises(Conflict, match="own machine"):
        services.server_move(server=moved, actor=alice, ip_address=host.address)
    assert Server.objects.get().ip_address == "127.0.1.154"
