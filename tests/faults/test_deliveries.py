"""A thousand incidents are told, each once, whatever dies meanwhile."""

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.collector.fleet import served
from tests.faults.outbox import Outbox, Postbox
from tests.faults.worker import THREADS
from tests.running.hub import until

pytestmark = [pytest.mark.xdist_group("up"), pytest.mark.timeout(240)]
INCIDENTS = 1000
KILLS = 6
SERVERS = 12
SEED = 20261122


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    box = Postbox(seconds=0.02)
    box.open()
    yield box
    box.close()


@pytest.fixture
def outbox(tmp_path: Path, postbox: Postbox) -> Iterator[Outbox]:
    with served() as hosts:
        made = Outbox(tmp_path, postbox, hosts)
        try:
            made.valkey()
            assert made.hub.run("setup").returncode == 0
            yield made
        finally:
            made.stop()


def test_none_is_lost_and_none_told_twice_when_workers_broker_and_mail_server_go(
    outbox: Outbox, postbox: Postbox
) -> None:
    chance, in_doubt = Random(SEED), 0
    for name in ("one", "two"):
        outbox.worker(name)
    outbox.open_incidents(INCIDENTS, batch=50, pause=0.4)
    until(lambda: postbox.mails, 60, "the first email")
    for kill in range(KILLS):
        time.sleep(chance.uniform(0.3, 1.5))
        name = chance.choice(("one", "two"))
        outbox.kill_worker(name)
        in_doubt += THREADS
        outbox.worker(name)
        if kill == KILLS // 3:
            outbox.kill("valkey")
            time.sleep(1)
            outbox.valkey()
        if kill == 2 * KILLS // 3:
            postbox.close()
            time.sleep(2)
            postbox.open()
    sent = "SELECT count(*) FROM notifications_delivery WHERE channel = 'email' AND status = 'sent'"
    until(lambda: outbox.count(sent) >= INCIDENTS, 120, "every email")

    assert outbox.count("SELECT count(*) FROM alerting_incident") == INCIDENTS
    assert outbox.count("SELECT count(*) FROM notifications_notification") == INCIDENTS, "one opening each"
    lines = "SELECT channel, status, count(*) FROM notifications_delivery GROUP BY 1, 2 ORDER BY 1"
    until(lambda: outbox.rows(lines) == [("email", "sent", INCIDENTS), ("in_page", "sent", INCIDENTS)], 60, "all sent")
    assert len(postbox.mails) == INCIDENTS, "to a mail program, a second email of one Message-ID is the same"
    assert sum(postbox.mails.values()) - INCIDENTS <= in_doubt, "only what was on its way when a worker was killed"


def test_a_worker_that_dies_while_its_servers_raise_alerts_costs_no_email_and_no_line_in_their_logs(
    outbox: Outbox, postbox: Postbox
) -> None:
    """Every server is over its limit from the first poll on; whoever holds its channel is killed meanwhile."""
    users = set(outbox.watch(SERVERS))
    outbox.change("UPDATE accounts_user SET email = 'admin@example.org'")
    outbox.change('UPDATE alerting_threshold SET ram_usage = 50, "window" = 0')
    for name in ("one", "two"):
        outbox.worker(name, "default,collect,deliver")
    outbox.start("beat", "beat")
    until(lambda: postbox.mails or outbox.hosts.logged, 60, "the first alert")
    outbox.kill_worker("one")
    outbox.worker("one", "default,collect,deliver")
    until(lambda: len(postbox.mails) == SERVERS, 60, "an email about each server")
    until(lambda: set(outbox.hosts.logged) == users, 60, "a line in each server's log")
    lines = [line for logged in outbox.hosts.logged.values() for line in logged]
    assert sum(postbox.mails.values()) - SERVERS <= THREADS
    assert len(lines) - SERVERS <= THREADS
    assert all("Memory at 60 %, limit 50 %" in line for line in lines)
    assert outbox.count("SELECT count(*) FROM notifications_notification") == SERVERS
