"""/metrics: what Prometheus is told, and who may read it."""

import sys
import time
from collections.abc import AsyncIterable
from datetime import UTC, datetime
from typing import Any, cast

import pytest
import redis
from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from tests.api.conftest import Caller, make_server
from tests.api.test_problems import told
from tests.metrics.answers import answer, recorded
from tests.metrics.expositions import Series, complaints, instances_of, needs_promtool, of, read
from virtadmin.accounts.models import User
from virtadmin.accounts.services import token_create
from virtadmin.api.exposition import BATCH
from virtadmin.collector.memory import Taken, samples_save
from virtadmin.metrics.sample import parse
from virtadmin.servers.models import Server, ServerState

AT = 1_800_000_000.5
SAMPLE = parse(answer("sample", {"/proc/uptime": "100.0 1.0", "/proc/loadavg": "1.0 2.0 3.0"}))
FACTS = {"os": "Debian", "kernel": "6.1", "hostname": "web1", "cpu": "Fast", "machine": "Box"}


def watched(owner: User, name: str, address: str, *, shared_with: User | None = None, **state: object) -> Server:
    """A server that has answered at `AT`."""
    server = make_server(owner, name, address, shared_with=shared_with, **state)
    server.enrolled = True
    server.save()
    ServerState.objects.filter(server=server).update(last_update=datetime.fromtimestamp(AT, UTC))
    samples_save({server.pk: Taken(AT, SAMPLE)})
    return server


def page(client: APIClient | Client, **headers: str) -> bytes:
    answer = client.get("/metrics", headers=headers)
    assert isinstance(answer, StreamingHttpResponse), answer
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.getvalue()


def seen(client: APIClient | Client) -> Series:
    return read(page(client))


def test_everybody_is_told_of_the_servers_they_may_see(
    alice: User, bob: User, charlie: User, admin_person: User, by_token: Caller
) -> None:
    watched(alice, "web1", "192.0.2.1", shared_with=bob)
    watched(alice, "web2", "192.0.2.2")
    watched(charlie, "web1", "192.0.2.3")
    for user, names in (
        (alice, {"web1", "web2"}),
        (bob, {"web1"}),
        (charlie, {"web1"}),
        (admin_person, {"web1 (192.0.2.1:22)", "web1 (192.0.2.3:22)", "web2"}),
    ):
        series = seen(by_token(user))
        for name in ("node_load1", "virtadmin_up", "virtadmin_server_info"):
            assert instances_of(series, name) == names, (user.username, name)


def test_nobody_else_is_told_anything(server: Server, alice: User, by_token: Caller) -> None:
    told(APIClient().get("/metrics"), 401)
    told(APIClient(headers={"Authorization": "Token 0123456789abcdef"}).get("/metrics"), 401)
    told(by_token(alice).post("/metrics"), 405)


def test_a_browser_that_is_signed_in_may_read_it(alice: User) -> None:
    watched(alice, "web1", "192.0.2.1")
    client = Client()
    client.force_login(alice)
    assert of(seen(client), "virtadmin_up", instance="web1") == [1]


@pytest.mark.parametrize(
    "accept", ["application/openmetrics-text;version=1.0.0", "text/plain;version=0.0.4;q=0.9", "text/html", "nonsense"]
)
def test_it_has_one_form_whatever_is_asked_for(alice: User, by_token: Caller, accept: str) -> None:
    watched(alice, "web1", "192.0.2.1")
    assert read(page(by_token(alice), Accept=accept))
    told(APIClient().get("/metrics", headers={"Accept": accept}), 401)


def test_what_was_measured_has_its_time_and_what_is_so_now_has_none(alice: User, by_token: Caller) -> None:
    watched(alice, "web1", "192.0.2.1", cpu_usage=12.5, ram_usage=50.0, facts=FACTS)
    series = seen(by_token(alice))
    times = {name: at for (name, _), (_, at) in series.items()}
    assert {name for name, at in times.items() if at is None} == {
        "virtadmin_up", "virtadmin_server_info", "virtadmin_interval_seconds", "node_uname_info", "node_os_info"
    }  # fmt: skip
    assert {at for at in times.values() if at} == {1_800_000_000_500}
    assert of(series, "virtadmin_usage_ratio", metric="cpu") == [0.125]
    assert of(series, "virtadmin_usage_ratio", metric="ram") == [0.5]
    assert of(series, "virtadmin_usage_ratio", metric="hdd") == []
    assert of(series, "virtadmin_interval_seconds") == [60]
    info = {"address": "192.0.2.1", "os": "Debian", "cpu": "Fast", "machine": "Box"}
    assert of(series, "virtadmin_server_info", **info) == [1]


def test_of_a_lost_server_it_says_only_that(alice: User, by_token: Caller) -> None:
    watched(alice, "web1", "192.0.2.1", status="down", facts=FACTS)
    series = seen(by_token(alice))
    assert of(series, "virtadmin_up", instance="web1") == [0]
    assert {name for name, _ in series} == {"virtadmin_up", "virtadmin_server_info", "virtadmin_interval_seconds"}


def test_of_a_server_not_asked_yet_it_does_not_say_whether_it_is_up(alice: User, by_token: Caller) -> None:
    watched(alice, "web1", "192.0.2.1", status="pending")
    assert {name for name, _ in seen(by_token(alice))} == {"virtadmin_server_info", "virtadmin_interval_seconds"}


@pytest.mark.parametrize("fields", [{"enabled": False}, {"enrolled": False}])
def test_of_paused_servers_and_unfinished_ones_it_says_nothing(
    alice: User, by_token: Caller, fields: dict[str, bool]
) -> None:
    server = watched(alice, "web1", "192.0.2.1")
    Server.objects.filter(pk=server.pk).update(**fields)
    assert page(by_token(alice)) == b""


def test_without_valkey_it_still_says_who_is_up(alice: User, by_token: Caller, settings: Any) -> None:
    watched(alice, "web1", "192.0.2.1")
    client = by_token(alice)
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    series = seen(client)
    assert of(series, "virtadmin_up") == [1]
    assert of(series, "node_load1") == []


def test_a_sample_of_another_release_is_as_good_as_none(alice: User, by_token: Caller, valkey: redis.Redis) -> None:
    server = watched(alice, "web1", "192.0.2.1")
    valkey.set(f"virtadmin:sample:{server.pk}", b'[1,{"load":[1,2,3]}]')
    assert of(seen(by_token(alice)), "node_load1") == []


def test_switched_off_metrics_are_left_out(alice: User, by_token: Caller) -> None:
    server = watched(alice, "web1", "192.0.2.1")
    Server.objects.filter(pk=server.pk).update(metrics_disabled=["load1", "load5", "load15", "uptime"])
    assert of(seen(by_token(alice)), "node_load1") == []


@needs_promtool
def test_promtool_has_nothing_against_it(alice: User, by_token: Caller) -> None:
    watched(alice, 'the "web"\\1', "192.0.2.1", facts=FACTS)
    watched(alice, "lost", "192.0.2.2", status="down")
    assert complaints(page(by_token(alice))) == []


@pytest.mark.django_db(transaction=True)
async def test_it_is_streamed_to_asynchronous_servers(alice: User) -> None:
    await sync_to_async(watched)(alice, "web1", "192.0.2.1")
    token, _ = await sync_to_async(token_create)(user=alice)
    answer = await AsyncClient().get("/metrics", headers={"Authorization": f"Token {token}"})
    assert isinstance(answer, StreamingHttpResponse)
    assert answer.is_async
    parts = [part async for part in cast("AsyncIterable[bytes]", answer)]
    assert of(read(b"".join(parts)), "virtadmin_up") == [1]


def test_a_thousand_servers_take_few_queries_and_less_than_a_second(
    alice: User, by_token: Caller, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    count = 2 * BATCH
    sample = parse(recorded("python"))
    Server.objects.bulk_create(
        Server(owner=alice, name=f"web{n}", ip_address=f"192.0.2.{n}", enrolled=True) for n in range(count)
    )
    servers = list(Server.objects.all())  # MySQL does not tell their ids when they are made
    ServerState.objects.bulk_create(ServerState(server=server, status="up", facts=FACTS) for server in servers)
    samples_save({server.pk: Taken(AT, sample) for server in servers})
    client = by_token(alice)
    began = time.process_time()
    with django_assert_max_num_queries(6):
        text = page(client, **{"Accept-Encoding": "gzip"})
    took = time.process_time() - began
    assert len(text) > 100_000
    assert page(client).count(b"\nnode_load1{") == count
    assert took < (1 if sys.gettrace() is None else 5)  # coverage slows it down
