"""`virtadmin doctor` with things that are really broken."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as some
from pytest_django import Settings

from tests.hosts.fixtures import hosts_or_skip
from tests.operations.conftest import MakePlace
from tests.operations.hubs import Place
from tests.running.hub import free_port
from virtadmin.accounts.models import User
from virtadmin.cli import main
from virtadmin.collector import memory
from virtadmin.collector.workers import Announcer
from virtadmin.notifications.models import Delivery, Notification
from virtadmin.operations.doctor.check import Asked, Check, State, examined, fail, ok
from virtadmin.operations.doctor.checks import addresses, clock, database, machine, queues, valkey, work
from virtadmin.operations.doctor.registry import CHECKS
from virtadmin.operations.rounds import idle_judge, tick_judge
from virtadmin.servers.models import Server, ServerState

Found = dict[str, dict[str, Any]]


def said(capsys: pytest.CaptureFixture[str], *words: str) -> Found:
    code = main(["doctor", "--json", *words])
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is (code == 0) is not any(one["state"] == "fail" for one in answer["checks"])
    return {one["name"]: one for one in answer["checks"]}


def by_itself(place: Place) -> Found:
    done = place.run("doctor", "--json")
    assert done.stderr == ""
    return {one["name"]: one for one in json.loads(done.stdout)["checks"]}


@pytest.fixture
def watched(alice: User) -> Server:
    server = Server.objects.create(name="web1", ip_address="192.0.2.1", owner=alice, enrolled=True, private_key="a key")
    ServerState.objects.create(server=server, status="up")
    return server


@pytest.fixture
def working(valkey: redis.Redis, watched: Server) -> None:
    """A worker and a timetable that do their work."""
    now = timezone.now().timestamp()
    Announcer("hub@here").announce({}, now=now)
    memory.tick_begin(now)
    memory.results_note("servers", now - 1.5)


@pytest.mark.django_db
@pytest.mark.usefixtures("working")
def test_where_all_is_well_nothing_fails(capsys: pytest.CaptureFixture[str], settings: Settings) -> None:
    settings.PUBLIC_URL, settings.TRUSTED_PROXIES = "https://hub.example.org", 1
    found = said(capsys)
    assert list(found) == CHECKS.names()
    states = {name: one["state"] for name, one in found.items() if name not in ("disk", "network")}
    assert set(states.values()) <= {"ok", "skip"}, found
    assert "hub@here" in found["workers"]["said"]
    assert re.fullmatch(r"results were saved last of servers \d+ s ago", found["rounds"]["said"])
    assert main(["doctor"]) in (0, 1)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(CHECKS) + 2, "one line each, and a last one"
    assert lines[-1].startswith(("Nothing fails", "1 fails: network"))
    assert any(line.startswith("ok    secrets' key") for line in lines)


@pytest.mark.django_db
@pytest.mark.usefixtures("valkey", "watched")
def test_without_workers(capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys)
    for name in ("workers", "beat", "rounds"):
        assert found[name]["state"] == "fail"
        assert found[name]["advice"]


@pytest.mark.django_db
@pytest.mark.usefixtures("working")
def test_with_the_wrong_key(capsys: pytest.CaptureFixture[str], settings: Settings) -> None:
    right = list(settings.SECRETS_KEY)
    settings.SECRETS_KEY = ["another"]
    found = said(capsys)["secrets' key"]
    assert (found["state"], "1 of 1 stored secrets cannot be read" in found["said"]) == ("fail", True)
    assert right[0] not in json.dumps(found)
    settings.SECRETS_KEY = ["another", *right]
    assert "rotate-key" in said(capsys)["secrets' key"]["advice"]


@pytest.mark.django_db
def test_without_valkey_what_needs_it_is_not_blamed(capsys: pytest.CaptureFixture[str], settings: Settings) -> None:
    settings.REDIS_URL = "redis://:a-password@127.0.0.1:1/0"
    found = said(capsys)
    assert found["valkey"]["state"] == "fail"
    assert "host and port in REDIS_URL" in found["valkey"]["advice"]
    assert found["workers"] == {
        "name": "workers", "state": "skip", "said": "not looked at: valkey fails", "advice": "",
    }  # fmt: skip
    assert "a-password" not in json.dumps(found)


@pytest.mark.usefixtures("valkey")
def test_without_the_database(make_place: MakePlace) -> None:
    place = make_place("hub", DATABASE_URL="postgres://hub:database-secret@127.0.0.1:1/hub")
    found = by_itself(place)
    assert found["database"]["state"] == "fail"
    assert "DATABASE_URL" in found["database"]["advice"]
    assert {found[name]["state"] for name in ("migrations", "secrets' key", "servers")} == {"skip"}
    assert "database-secret" not in json.dumps(found)


@pytest.mark.usefixtures("valkey")
@pytest.mark.xdist_group("faults")
@pytest.mark.parametrize("system", ["postgresql", "mariadb", "mysql"])
def test_each_database(system: str, make_place: MakePlace) -> None:
    place = make_place("hub", system)
    found = by_itself(place)
    assert found["migrations"]["state"] == "fail"
    assert found["migrations"]["advice"] == "run `virtadmin setup`"
    place.does("setup")
    found = by_itself(place)
    names = ("database", "migrations", "database texts", "isolation", "clock, database", "secrets' key")
    assert {found[name]["state"] for name in names} == {"ok"}, found
    assert "read" in found["isolation"]["said"]


@pytest.mark.usefixtures("valkey")
@pytest.mark.xdist_group("faults")
@pytest.mark.parametrize("system", ["postgresql", "mysql"])
def test_what_a_database_refuses_is_said_in_its_words_with_what_to_do(
    system: str, tmp_path: Path, make_place: MakePlace
) -> None:
    right = make_place("hub", system).environment["DATABASE_URL"]
    wrong = urlsplit(right)
    urls = {
        "check user and password": right.replace(f":{wrong.password}@", ":wrong-secret@"),
        "make the database first": right.replace("/hub", "/nowhere"),
        "start the database": right.replace(f":{wrong.port}/", ":1/"),
    }
    for number, (advice, url) in enumerate(urls.items()):
        done = make_place(f"hub{number}", DATABASE_URL=url).run("doctor")
        [line] = [line for line in done.stdout.splitlines() if line[6:].startswith("database  ")]
        assert line.startswith("fail "), line
        assert advice in line, line
        assert " at 127.0.0.1:" in line
        assert "(1045" not in line
        assert "wrong-secret" not in done.stdout + done.stderr
        assert "Begin with database" in done.stdout.splitlines()[-1]


def test_clocks_that_differ(make_place: MakePlace, valkey_server: str) -> None:
    """This machine's is 37 s ahead of Valkey's and the database's."""
    place = make_place("hub")
    place.does("setup")
    script = "import sys, time; now = time.time; time.time = lambda: now() + 37; sys.argv = ['virtadmin', 'doctor']"
    command = [sys.executable, "-c", f"{script}; from virtadmin.cli import main; main()"]
    done = subprocess.run(command, env=place.environment, capture_output=True, text=True, check=False)
    assert re.search(r"fail  clock, valkey .* 37\.\d s less than this machine's", done.stdout), done.stdout


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    hosts_or_skip()
    place = tmp_path / "hub"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m,mode=755", "virtadmin-test", place], check=True)
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


@pytest.mark.usefixtures("valkey")
def test_a_disk_that_is_nearly_full_and_open_to_others(small_disk: Path, make_place: MakePlace) -> None:
    found = by_itself(make_place("hub"))
    assert found["disk"]["state"] == "fail"
    assert found["data folder"]["advice"] == f"chmod go= {small_disk}"


@pytest.mark.usefixtures("valkey")
def test_a_disk_that_is_full_is_not_called_an_error_of_the_database(small_disk: Path, make_place: MakePlace) -> None:
    place = make_place("hub")
    place.does("setup")
    with suppress(OSError), (small_disk / "much").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65536))
    found = by_itself(place)
    assert found["disk"]["state"] == "fail"
    assert found["database"]["state"] == "skip" or "free some" in found["database"]["advice"], found["database"]


@pytest.mark.django_db
def test_the_mail_server(capsys: pytest.CaptureFixture[str], settings: Settings) -> None:
    class Kept(Message):
        mails: list[Any] = []

        def handle_message(self, message: Any) -> None:
            self.mails.append(message)

    server = Controller(Kept(), hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = "set", "127.0.0.1", server.port
        assert said(capsys)["email"]["said"] == "127.0.0.1 greets the hub"
        assert Kept.mails == [], "nothing is sent unless asked"
        assert said(capsys, "--mail", "ann@example.org")["email"]["state"] == "ok"
        assert [mail["To"] for mail in Kept.mails] == ["ann@example.org"]
    finally:
        server.stop()
    refused = said(capsys)["email"]
    assert (refused["state"], refused["said"]) == ("fail", f"127.0.0.1:{server.port}: Connection refused")


@pytest.mark.django_db
@pytest.mark.usefixtures("valkey")
def test_history(capsys: pytest.CaptureFixture[str], settings: Settings) -> None:
    settings.HISTORY_URL = "http://127.0.0.1:1"
    assert said(capsys)["history"]["state"] == "fail"


@pytest.mark.django_db
@pytest.mark.usefixtures("valkey")
def test_messages_that_wait_or_were_given_up(capsys: pytest.CaptureFixture[str], alice: User) -> None:
    told = Notification.objects.create(recipient=alice, kind="x", level="info", title="x")
    line = Delivery.objects.create(notification=told, channel="email", status="given_up")
    assert "given up" in said(capsys)["messages"]["said"]
    Delivery.objects.filter(pk=line.pk).update(status="pending", next_attempt=timezone.now() - 2 * queues.STUCK)
    assert "1 messages have waited" in said(capsys)["messages"]["said"]


def test_a_check_that_raises_has_failed_and_those_that_need_it_are_left_out() -> None:
    def broken(asked: Asked) -> Any:
        raise RuntimeError("it\nis broken")

    checks = [Check("a", broken, advice="mend it"), Check("b", broken, ("a",)), Check("c", broken, ("b",))]
    found = [finding for _, finding in examined(iter(checks), Asked())]
    assert found[0] == fail("it is broken", "mend it")
    assert [one.state for one in found[1:]] == [State.SKIP, State.SKIP]
    [(_, fine)] = examined(iter([Check("d", lambda asked: ok("fine"))]), Asked())
    assert fine.state is State.OK


@given(some.integers(0, 2**50), some.integers(0, 2**50))
def test_more_free_space_is_never_worse(one: int, other: int) -> None:
    order = [State.FAIL, State.WARN, State.OK]
    less, more = (order.index(machine.free_judge(free).state) for free in sorted((one, other)))
    assert less <= more


@given(some.floats(-1e6, 1e6))
def test_a_clock_is_as_wrong_ahead_as_behind(seconds: float) -> None:
    judged = clock.clock_judge("it", 1e9, 1e9 + seconds).state
    assert judged is clock.clock_judge("it", 1e9 + seconds, 1e9).state
    assert (judged is State.OK) == (abs(1e9 + seconds - 1e9) <= clock.LITTLE)


@given(some.floats(-1e6, 1e6))
def test_the_last_tick_is_as_bad_a_sign_long_ago_as_still_to_come(ago: float) -> None:
    assert (work.beat_judge(ago).state is State.OK) == tick_judge(ago) == (abs(ago) <= work.LATE)


@given(some.floats(-1e6, 1e6), some.integers(5, 3600))
def test_results_are_late_after_their_interval_and_some_and_if_still_to_come(ago: float, interval: int) -> None:
    well = -120 <= 1e9 - (1e9 - ago) <= interval + 120
    assert idle_judge({"servers": 1e9 - ago}, {"servers": interval}, 1e9) == ([] if well else ["servers"])
    assert idle_judge({"servers": 1e9 - ago}, {}, 1e9) == []
    assert idle_judge({}, {"servers": interval}, 1e9) == ["servers"]


@given(some.dictionaries(some.sampled_from(["default", "collect"]), some.integers(0, 10_000)))
def test_long_queues_are_told(waiting: dict[str, int]) -> None:
    worst = max(waiting.values(), default=0)
    assert (queues.tasks_judge(waiting).state is State.OK) == (worst <= queues.LONG)


@pytest.mark.parametrize(
    ("url", "proxies", "state"),
    [
        ("", 0, "warn"), ("http://localhost:8000", 0, "warn"), ("https://hub.example/sub", 1, "fail"),
        ("http://hub.example", 0, "warn"), ("https://hub.example", 0, "warn"), ("https://hub.example", 1, "ok"),
    ],
)  # fmt: skip
def test_public_urls(url: str, proxies: int, state: str) -> None:
    assert addresses.public_judge(url, proxies).state == state


def test_other_judgements() -> None:
    assert database.version_judge("PostgreSQL", (13, 4)).state is State.FAIL
    assert database.version_judge("MySQL", (9, 7, 0)).state is State.OK
    assert machine.files_judge(1024, 2000).state is State.FAIL
    assert machine.files_judge(-1, 10**6).state is State.OK
    assert valkey.keeping_judge("noeviction", 90, 100).state is State.WARN
    assert valkey.keeping_judge("allkeys-lru", 1, 100).state is State.WARN
    assert valkey.keeping_judge("noeviction", 10**9, 0).state is State.OK
    assert "password in REDIS_URL" in valkey.refusal_judge("WRONGPASS invalid password", local=False).advice
    assert "virtadmin up" in valkey.refusal_judge("Error 2", local=True).advice
    assert "check DATABASE_URL" in database.refusal_judge("it is Tuesday").advice
    assert work.beat_judge(31).state is State.FAIL
    assert work.processes_judge([("beat", "beat on a"), ("web", "web on a")]).said == "beat on a, web on a"
    assert work.processes_judge([("beat", "beat on a"), ("beat", "beat on b")]).state is State.WARN
    late = work.rounds_judge({"servers": 99_990}, {"servers": 60, "websites": 60}, 1e5)
    assert (late.state, late.said) == (State.FAIL, "results were saved last of servers 10 s ago, of websites never")
    assert work.servers_judge([("down", "timeout: x"), ("up", "")]).state is State.WARN
    assert work.servers_judge([("down", "timeout: x"), *[("up", "")] * 9]).said == "1 of 10 are lost: 1 timeout"
    assert work.servers_judge([("down", "host_key_changed: x")]).said == "1 of 1 are lost: 1 host key changed"
