"""Insert or update, on this database."""

from virtadmin.accounts.models import User
from virtadmin.core.upsert import upsert
from virtadmin.servers.models import Server, ServerState


def test_rows_are_made_and_then_changed_in_the_named_columns_alone(alice: User) -> None:
    server = Server.objects.create(name="a", ip_address="192.0.2.1", owner=alice)
    upsert(ServerState, [ServerState(server=server, cpu_usage=1.0, failures=1)], ["server"], ["cpu_usage"])
    upsert(ServerState, [ServerState(server=server, cpu_usage=2.0, failures=9)], ["server"], ["cpu_usage"])
    state = ServerState.objects.get()
    assert (state.cpu_usage, state.failures) == (2.0, 1)
