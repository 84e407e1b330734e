"""Whatever happens in whatever order: incidents, flags and messages agree."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.alerting.conftest import Collector
from virtadmin.accounts.models import User
from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.models import Incident, Telling, Threshold
from virtadmin.alerting.models.quiet import Silence
from virtadmin.alerting.services import incident_acknowledge, threshold_update
from virtadmin.alerting.telling.tell import tell
from virtadmin.core import bus
from virtadmin.notifications.models import Notification
from virtadmin.servers.models import Server

What, State = Telling.What, Telling.State
percent = st.sampled_from([10.0, 85.0, 97.0]) | st.integers(0, 100).map(float)
values = st.fixed_dictionaries({}, optional={"cpu_usage": percent, "hdd_usage": percent, "ram_usage": percent})
happenings = st.one_of(
    st.tuples(st.just("sees"), values),
    st.tuples(st.just("sees"), values),
    st.tuples(st.just("repeats"), values),
    st.tuples(st.just("loses"), st.sampled_from(["timeout", "host_key_changed"])),
    st.tuples(st.just("finds"), st.none()),
    st.tuples(st.just("parent loses"), st.just("timeout")),
    st.tuples(st.just("parent finds"), st.none()),
    st.tuples(st.just("limit"), st.integers(1, 100)),
    st.tuples(st.just("window"), st.sampled_from([0, 60, 120, 300])),
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("silence"), st.booleans()),
    st.tuples(st.just("acknowledge"), st.none()),
    st.tuples(st.just("tell"), st.sampled_from([0, 5, 35, 5 * 3600])),
)


class World:
    """A server that hangs on another, who watches them, and who is told."""

    def __init__(self, alice: User, bob: User) -> None:
        self.people = [alice, bob]
        self.parent = self.server(alice, None)
        self.child = self.server(alice, self.parent)
        self.collectors = {server.pk: Collector(server) for server in (self.parent, self.child)}
        self.now = self.collectors[self.child.pk].now

    def server(self, owner: User, parent: Server | None) -> Server:
        name = f"{Server.objects.count()}.example.org"
        server = Server.objects.create(owner=owner, name=name, ip_address=name, parent=parent)
        server.groups.set(self.people[1].groups.all())
        Threshold.objects.create(server=server, window=120)
        return server

    def happen(self, what: str, how: Any) -> None:
        collector = self.collectors[self.parent.pk if what.startswith("parent") else self.child.pk]
        collector.now = self.now
        happening = getattr(self, what.removeprefix("parent ").replace(" ", "_"))
        happening(collector, how)
        self.now = collector.now

    def sees(self, collector: Collector, how: dict[str, float]) -> None:
        collector.sees(**how)

    def repeats(self, collector: Collector, how: dict[str, float]) -> None:
        collector.sees(after=0, **how)

    def loses(self, collector: Collector, how: str) -> None:
        collector.loses(how)

    def finds(self, collector: Collector, _: None) -> None:
        collector.finds()

    def restart(self, _: Collector, __: None) -> None:
        bus.connection().flushall()

    def acknowledge(self, _: Collector, __: None) -> None:
        for incident in Incident.objects.filter(closed=None):
            incident_acknowledge(incident=incident, actor=self.people[0])

    def tell(self, collector: Collector, how: int) -> None:
        collector.now += how
        tell(clock=lambda: datetime.fromtimestamp(collector.now, UTC))

    def limit(self, collector: Collector, how: int) -> None:
        threshold_update(threshold=Threshold.objects.get(server=collector.server), actor=None, cpu_usage=how)

    def window(self, collector: Collector, how: int) -> None:
        threshold_update(threshold=Threshold.objects.get(server=collector.server), actor=None, window=how)

    def silence(self, collector: Collector, begins: bool) -> None:
        Silence.objects.all().delete()
        if begins:
            long_ago = datetime.fromtimestamp(self.now, UTC) - timedelta(days=1)
            Silence.objects.create(owner=self.people[0], server=collector.server, starts=long_ago)


def flags_agree(server: Server) -> None:
    threshold = Threshold.objects.get(server=server)
    opened = {*Incident.objects.filter(server=server, closed=None).values_list("kind", flat=True)}
    assert {limit.name for limit in LIMITS if getattr(threshold, limit.flag)} == opened & {*LIMITS.names()}


def tellings_agree(incident: Incident, person: User) -> None:
    """At most one opening and one closing, no closing without its opening, and each message names what it tells."""
    rows = list(Telling.objects.filter(incident=incident, recipient=person).select_related("notification"))
    told = [row for row in rows if row.state == State.TOLD]
    count = {what: len([row for row in rows if row.what == what]) for what in What}
    assert count[What.OPENED] == 1
    assert count[What.CLOSED] <= 1
    assert count[What.RISEN] <= 1
    opening = next(row for row in rows if row.what == What.OPENED)
    if opening.state != State.TOLD:
        assert not told, "nothing is told of what was not said to be open"
    for row in told:
        assert row.notification is not None
        assert row.notification.recipient == person
        assert incident.pk in {row.notification.meta.get("incident"), *row.notification.meta.get("incidents", [])}
        assert row.notification.timestamp >= opening.due
    if incident.closed:
        assert not [row for row in rows if row.state in Telling.PENDING and row.what != What.CLOSED]


def agree(world: World) -> None:
    for server in (world.parent, world.child):
        flags_agree(server)
        for incident in Incident.objects.filter(server=server):
            assert (incident.closed is None) == (incident.open_key is not None)
            for person in world.people:
                tellings_agree(incident, person)
    assert Notification.objects.filter(tellings=None).exclude(kind="acknowledged").count() == 0


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(sequence=[("silence", True), ("sees", {"hdd_usage": 90.0}), ("tell", 35)])
@example(sequence=[("silence", True), ("sees", {"hdd_usage": 90.0}), ("sees", {"hdd_usage": 10.0}), ("tell", 35)])
@example(sequence=[("parent loses", "timeout"), ("sees", {"hdd_usage": 97.0}), ("tell", 35), ("parent finds", None)])
@example(sequence=[("sees", {"hdd_usage": 90.0}), ("repeats", {"hdd_usage": 97.0, "ram_usage": 99.0}), ("tell", 18000)])
@given(sequence=st.lists(happenings, max_size=16))
def test_incidents_flags_and_messages_agree_after_every_step(
    sequence: list[tuple[str, Any]], alice: User, bob: User, team: object, valkey: object
) -> None:
    for leftovers in (Notification, Server, Silence):
        leftovers.objects.all().delete()
    world = World(alice, bob)
    for what, how in sequence:
        world.happen(what, how)
        agree(world)
    for what in ("parent finds", "finds"):
        world.happen(what, None)
    world.happen("silence", False)
    still_open = {row.pk for row in Incident.objects.filter(closed=None)}
    for _ in range(4):
        world.happen("tell", 120)
    agree(world)
    assert not Telling.objects.filter(state__in=Telling.PENDING).exists(), "nothing stays untold for ever"
    unheard = Telling.objects.filter(incident__in=still_open, what=What.OPENED).exclude(state=State.TOLD)
    assert not unheard.exists(), "what is open when nothing holds it any more is told"
    for _ in range(6):
        world.happen("sees", {"cpu_usage": 0, "ram_usage": 0, "hdd_usage": 0})
    world.happen("tell", 120)
    agree(world)
    assert not Incident.objects.filter(closed=None).exists(), "nothing stays open after recovery"
    for telling in Telling.objects.filter(what=What.OPENED, state=State.TOLD):
        assert Telling.objects.filter(
            incident=telling.incident, recipient=telling.recipient, what=What.CLOSED, state=State.TOLD
        ).exists(), "who was told that it opened is told that it is over"
