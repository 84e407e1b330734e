"""Answers that are large or hostile must not cost the batch they are in: a database refuses a statement as a whole."""

import time

import pytest

from tests.collector.odd_hosts import FACTS, SAMPLE
from tests.databases.test_workers_at_once import fleet
from tests.metrics.answers import big
from virtadmin.accounts.models import User
from virtadmin.collector.ingest import ingest
from virtadmin.collector.keeper import Outcome
from virtadmin.metrics.store import history
from virtadmin.servers.models import ServerState
from virtadmin.ssh.stages import ConnectionFailure, Stage

pytestmark = [pytest.mark.usefixtures("valkey"), pytest.mark.django_db]
ODD = [
    b"/\x00nul",
    "/🔥 emoji".encode(),
    b"/\xff\xfe",
    b"/' OR 1=1 --",
    b"/%s %(x)s {}",
    b"/\\",
    "/\ud7ff\u202e".encode(),
]
MOUNT = b"mount 254:0 ext4 /dev/vda1 %b rw 264212084 25585104 80805808 16777216 478121 16299095\n"


def test_a_batch_of_very_large_servers_is_written_whole(alice: User) -> None:
    servers, now = fleet(alice, 120), time.time()
    ingest([Outcome(server.pk, [(now - 1, big(1000, 100)), (now, big(1001, 150))], FACTS) for server in servers])
    found = ServerState.objects.filter(status="up")
    assert found.count() == len(servers)
    assert {len(state.metrics["details"]["mounts"]) for state in found} == {200}


def test_hostile_texts_are_kept_as_texts(alice: User) -> None:
    servers, now = fleet(alice, len(ODD) + 1), time.time()
    end = b"virtadmin-probe end\n"
    outcomes = []
    for server, odd in zip(servers, ODD, strict=False):
        mounts = b"\n==> mounts <==\n" + MOUNT % odd.replace(b" ", b"\\040")
        answers = [(now + second, (SAMPLE % (1000 + second)).replace(end, mounts + end)) for second in (0, 1)]
        outcomes.append(Outcome(server.pk, answers, FACTS.replace(b"Odd 1", odd)))
    failure = ConnectionFailure(Stage.TIMEOUT, "🔥" * 1000)
    ingest([*outcomes, Outcome(servers[-1].pk, failure=failure)])
    found = list(ServerState.objects.order_by("pk"))
    assert [state.status for state in found] == ["up"] * len(ODD) + ["pending"]
    assert [len(state.metrics["details"]["mounts"]) for state in found[:-1]] == [1] * len(ODD)
    assert found[1].metrics["details"]["mounts"][0]["mount"] == found[1].facts["os"] == "/🔥 emoji"
    assert found[4].facts["os"] == "/%s %(x)s {}"
    assert len(found[-1].status_reason) == 300
    assert history().range(servers[0].pk, "mount:/?nul", now - 60, now + 60, 10) is not None
