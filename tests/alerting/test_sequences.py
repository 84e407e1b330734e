"""Whatever happens in whatever order: incidents, flags and messages agree."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.alerting.conftest import Collector
from virtadmin.accounts.models import User
from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.models import Incident, Threshold
from virtadmin.alerting.services import threshold_update
from virtadmin.core import bus
from virtadmin.notifications.models import Notification
from virtadmin.servers.models import Server

percent = st.integers(0, 100).map(float)
values = st.fixed_dictionaries({}, optional={"cpu_usage": percent, "hdd_usage": percent, "ram_usage": percent})
happenings = st.one_of(
    st.tuples(st.just("sees"), values),
    st.tuples(st.just("sees"), values),
    st.tuples(st.just("repeats"), values),
    st.tuples(st.just("loses"), st.sampled_from(["timeout", "host_key_changed"])),
    st.tuples(st.just("finds"), st.none()),
    st.tuples(st.just("limit"), st.integers(1, 100)),
    st.tuples(st.just("window"), st.sampled_from([0, 60, 120, 300])),
    st.tuples(st.just("restart"), st.none()),
)


def happen(collector: Collector, what: str, how: Any) -> None:
    if what == "sees":
        collector.sees(**how)
    elif what == "repeats":
        collector.sees(after=0, **how)
    elif what == "loses":
        collector.loses(how)
    elif what == "finds":
        collector.finds()
    elif what == "restart":
        bus.connection().flushall()
    else:
        field = "cpu_usage" if what == "limit" else "window"
        threshold_update(threshold=Threshold.objects.get(server=collector.server), actor=None, **{field: how})


def agree(server: Server) -> None:
    """Flags are the open incidents; each incident has one opening message, at most one rise, one closing if closed."""
    threshold = Threshold.objects.get(server=server)
    opened = {*Incident.objects.filter(server=server, closed=None).values_list("kind", flat=True)}
    assert {limit.name for limit in LIMITS if getattr(threshold, limit.flag)} == opened & {*LIMITS.names()}
    for incident in Incident.objects.filter(server=server):
        assert (incident.closed is None) == (incident.open_key is not None)
        kinds = list(Notification.objects.filter(thread=f"incident-{incident.uid.hex}").values_list("kind", flat=True))
        assert len(kinds) == len({*kinds})
        closings = [kind for kind in kinds if kind in ("limit_cleared", "server_back", "host_key_settled")]
        assert len(closings) == (incident.closed is not None)
        assert len(kinds) - len(closings) in (1, 2)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=st.lists(happenings, max_size=14))
def test_incidents_flags_and_messages_agree_after_every_step(
    sequence: list[tuple[str, Any]], alice: User, valkey: object
) -> None:
    server = Server.objects.create(owner=alice, name="web1", ip_address=f"{Server.objects.count()}.example.org")
    Threshold.objects.create(server=server, window=120)
    collector = Collector(server)
    for what, how in sequence:
        happen(collector, what, how)
        agree(server)
    collector.finds()
    for _ in range(6):
        collector.sees(cpu_usage=0, ram_usage=0, hdd_usage=0)
    agree(server)
    assert not Incident.objects.filter(server=server, closed=None).exists(), "nothing stays open after recovery"
