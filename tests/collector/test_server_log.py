"""The channel "the server's own log"."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.collector.odd_hosts import OddHosts
from virtadmin.accounts.models import User
from virtadmin.collector.keeper import Keeper
from virtadmin.collector.presence import presence
from virtadmin.collector.server_log import ServerLog, line
from virtadmin.notifications.channel import ChannelError, Message
from virtadmin.notifications.models import Delivery, Notification, UserChannel
from virtadmin.notifications.services import Draft, channel_test, notifications_create
from virtadmin.servers.models import Server, ServerState

pytestmark = pytest.mark.usefixtures("worker")
Make = Callable[..., Server]
CROSSED = {
    "name": "web1",
    "address": "192.0.2.1",
    "cpu_usage": 97.0,
    "metric": "cpu_usage",
    "label": "CPU",
    "limit": 80,
    "window": 300,
    "since": "2026-11-22T14:03:05+00:00",
    "place": "",
    "stage": "",
}


def message(person: User, server: Server, **fields: Any) -> Message:
    made = Message(
        id=1,
        uid=uuid4(),
        recipient=person,
        level="warning",
        title=f"{server.name}: CPU at 97 %, limit 80 %",
        text="",
        html="",
        link="",
        timestamp=timezone.now(),
        meta={"server": server.pk, "metric": "cpu_usage"},
    )
    return replace(made, **fields)


def row(person: User) -> UserChannel:
    return UserChannel.objects.select_related("user").get(user=person, kind="server_log")


def refusal(made: Message, person: User) -> ChannelError:
    with pytest.raises(ChannelError) as failed:
        ServerLog().send(made, row(person))
    return failed.value


def test_a_message_is_one_line_there(make_server: Make, keeper: Keeper, hosts: OddHosts, alice: User) -> None:
    server = make_server("well")
    assert ServerLog().send(message(alice, server), row(alice)) == "well wrote it to its journal."
    assert hosts.logged == {"well": ["WARNING: well: CPU at 97 %, limit 80 %"]}


def test_the_line_names_the_heaviest_processes_and_stays_a_line(alice: User, make_server: Make) -> None:
    processes = [{"name": "mysqld", "cpu_percent": 180.0, "rss_mib": 1.0}, {"name": "a\nb", "cpu_percent": 3.0}]
    made = message(alice, make_server("well"))
    told = line(replace(made, meta={**made.meta, "processes": processes}))
    assert told == "WARNING: well: CPU at 97 %, limit 80 %. Heaviest now: mysqld 180 %, a b 3 %"


def test_the_line_says_once_how_bad_it_is(alice: User, make_server: Make) -> None:
    made = message(alice, make_server("well"))
    assert line(replace(made, level="critical", title="Critical: well: disk")) == "CRITICAL: well: disk"
    assert line(replace(made, level="recovery", title="Recovered: well is up again")) == "RECOVERY: well is up again"
    assert line(replace(made, level="critical", title="well is down: timeout")) == "CRITICAL: well is down: timeout"


def test_what_cannot_be_written_is_tried_again_or_not(
    make_server: Make, keeper: Keeper, hosts: OddHosts, alice: User, charlie: User
) -> None:
    server, lost = make_server("well", 1), make_server("lost", 2)
    ServerState.objects.filter(server=lost).update(status=ServerState.Status.DOWN)
    error = refusal(message(alice, lost), alice)
    assert (error.message, error.permanent, error.down) == ("lost cannot be asked just now.", True, False)
    assert hosts.logins == {}
    hosts.log_lines = 0
    error = refusal(message(alice, server), alice)
    assert "no more than 10 log lines a minute" in error.message
    assert (error.permanent, error.down) == (False, False)
    assert refusal(message(charlie, server), charlie).permanent, "a stranger writes nothing there"
    assert presence.announcer
    presence.announcer.leave()
    error = refusal(message(alice, server), alice)
    assert (error.message, error.permanent, error.down) == ("No worker is running.", False, True)


@pytest.mark.parametrize(
    ("facts", "level", "taken"),
    [
        ({}, "warning", True),
        ({"stage": "timeout"}, "critical", False),
        ({"stage": "timeout"}, "recovery", True),
        ({"server": None}, "warning", False),
    ],
    ids=["a limit", "lost", "back", "about no server"],
)
def test_it_is_for_owners_and_servers_that_answer(
    make_server: Make, alice: User, admin_person: User, facts: dict[str, Any], level: str, taken: bool
) -> None:
    server = make_server("well")
    whole = {**CROSSED, "server": server.pk, **facts}
    draft = Draft("limit_crossed", Notification.Level(level), [alice, admin_person], whole, "t", whole["server"])
    notifications_create(drafts=[draft], now=timezone.now())
    lines = Delivery.objects.filter(channel="server_log")
    assert [delivery.notification.recipient for delivery in lines] == ([alice] if taken else [])


def test_the_test_button_writes_to_a_server_that_answers(
    make_server: Make, keeper: Keeper, hosts: OddHosts, alice: User, bob: User
) -> None:
    make_server("lost", 1)
    server = make_server("well", 2)
    ServerState.objects.filter(server=server).update(status=ServerState.Status.UP)
    assert channel_test(channel=row(alice), actor=alice) == "well wrote it to its journal."
    assert hosts.logged == {"well": ["INFO: Test message of test-hub"]}
    with pytest.raises(ChannelError, match="no server of your own"):
        channel_test(channel=row(bob), actor=bob)


def test_it_has_nothing_to_fill_in(alice: User) -> None:
    channel = ServerLog()
    assert (channel.fields, channel.available(alice), channel.clean(alice, {})) == ((), "", {})
    assert channel.address(row(alice)) == "the server a message is about"
    assert channel.reaches(row(alice))
