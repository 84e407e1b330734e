"""A worker's share of a round, from the question to what is written."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from pytest_django import Settings

from tests.collector.websites.conftest import Scripted
from virtadmin.collector import loop, tasks
from virtadmin.collector.presence import presence
from virtadmin.collector.websites import rounds
from virtadmin.collector.websites.checks import Checked, Question
from virtadmin.collector.websites.rounds import Results
from virtadmin.collector.workers import Announcer, workers_live
from virtadmin.websites.check.outcome import Request
from virtadmin.websites.models import Url, UrlState

pytestmark = pytest.mark.usefixtures("valkey")


def statuses() -> dict[str, str]:
    return dict(UrlState.objects.values_list("url__uri", "status"))


@pytest.mark.usefixtures("results")
def test_a_share_is_checked_and_written_but_what_was_paused_or_deleted(make_url: Callable[..., Url]) -> None:
    ids = [make_url(f"http://{name}/").pk for name in ("good", "slow", "bad")]
    paused = make_url("http://paused/", enabled=False).pk
    tasks.check_urls.apply((1, [*ids, paused, 999_999], False))
    assert statuses() == {
        "http://good/": "up",
        "http://slow/": "up",
        "http://bad/": "pending",
        "http://paused/": "pending",
    }
    assert UrlState.objects.get(url_id=ids[2]).failures == 1
    assert set(UrlState.objects.filter(last_check=None).values_list("url_id", flat=True)) == {paused}


def test_the_quick_ones_are_written_while_others_hang_whose_turn_comes_after_theirs(
    make_url: Callable[..., Url], results: Results, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = make_url("http://never/", state={"failures": 1})
    quick = [make_url(f"http://good/{number}", state={"status": "up"}) for number in range(20)]
    written: list[int] = []

    def write(batch: list[Checked]) -> None:
        written.extend(checked.url_id for checked in batch)
        loop.run(results.desk.close(), 5)  # else this would wait as long as that hangs

    monkeypatch.setattr(rounds, "ingest", write)
    rounds.share_check(1, [hangs.pk, *(url.pk for url in quick)])
    assert sorted(written) == [url.pk for url in quick]
    assert scripted.asked[-1] == "http://never/", "who failed before waits behind who did not"


def test_a_website_whose_secret_cannot_be_read_says_so_and_costs_the_others_nothing(
    make_url: Callable[..., Url], results: Results, settings: Settings
) -> None:
    settings.SECRETS_KEY = ["lost"]
    unreadable = make_url("http://good/secret", username="u", password="p").pk
    settings.SECRETS_KEY = ["kept"]
    ids = [unreadable, make_url("http://good/").pk, make_url("http://good/p", username="u", password="p").pk]
    rounds.share_check(1, ids)
    assert statuses() == {"http://good/": "up", "http://good/p": "up", "http://good/secret": "pending"}
    assert "SECRETS_KEY" in UrlState.objects.get(url_id=unreadable).status_reason
    assert results.desk.counters.failures == {"internal": 1}


def test_one_that_cannot_be_asked_at_all_is_a_fault_of_the_hub(
    make_url: Callable[..., Url], results: Results, caplog: pytest.LogCaptureFixture
) -> None:
    odd, well = make_url(expected_statuses="nonsense").pk, make_url("http://good/").pk
    rounds.share_check(1, [odd, well])
    assert UrlState.objects.get(url_id=odd).status_reason.startswith("internal: ")
    assert UrlState.objects.get(url_id=well).status == "up"
    assert f"website {odd} cannot be checked" in caplog.text


def test_what_cannot_be_written_is_dropped_and_counted(
    make_url: Callable[..., Url], results: Results, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    url = make_url("http://good/")

    def full(batch: list[Checked]) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(rounds, "ingest", full)
    rounds.share_check(1, [url.pk])
    assert results.desk.counters.dropped == 1
    assert "1 results of websites are dropped" in caplog.text
    monkeypatch.undo()


def test_what_nobody_thought_of_costs_its_batch_alone(
    make_url: Callable[..., Url], results: Results, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rounds, "ingest", lambda batch: 1 / 0)
    rounds.share_check(1, [make_url("http://good/").pk])
    assert results.desk.counters.dropped == 1
    assert "ZeroDivisionError" in caplog.text


def test_a_share_of_websites_that_are_all_gone_is_nothing_to_do(db: None, results: Results) -> None:
    rounds.share_check(1, [1, 2, 3])
    assert results.desk.begun == 0


def test_one_thread_writes_for_all_and_leaves_when_another_comes(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    monkeypatch.setattr(rounds, "ingest", lambda batch: written.extend(checked.url_id for checked in batch))

    def begin(*ids: int, uri: str = "http://good/") -> None:
        questions = [Question(pk, 1, Request(uri)) for pk in ids]
        loop.run(results.desk.begin(questions), 5)

    begin(1, uri="http://never/")
    writers = [threading.Thread(target=results.write) for _ in range(4)]
    for number, writer in enumerate(writers, 2):
        begin(number)
        writer.start()
    deadline = time.monotonic() + 20
    while sum(writer.is_alive() for writer in writers) > 1 or len(written) < 4:
        assert time.monotonic() < deadline, (written, writers)
        time.sleep(0.05)
    assert sorted(written) == [2, 3, 4, 5]
    loop.run(results.desk.close(), 5)
    for writer in writers:
        writer.join(20)
        assert not writer.is_alive()


def test_many_are_written_a_batch_at_a_time(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[int] = []
    monkeypatch.setattr(rounds, "ingest", lambda batch: batches.append(len(batch)))
    monkeypatch.setattr(rounds, "BATCH", 40)
    questions = [Question(pk, 1, Request("http://good/")) for pk in range(100)]
    loop.run(results.desk.begin(questions), 5)
    results.write()
    assert sum(batches) == 100
    assert max(batches) <= 40


def test_what_a_worker_counts_of_its_checks_is_told_with_its_heartbeat(
    make_url: Callable[..., Url], results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds.share_check(1, [make_url("http://good/").pk, make_url("http://bad/").pk])
    monkeypatch.setattr("virtadmin.collector.presence.results", lambda: results)
    monkeypatch.setattr(presence, "announcer", Announcer("me@here"))
    presence.beat()
    [worker] = workers_live()
    counted: dict[str, Any] = worker.counters["checks"]
    assert (counted["open"], counted["polls"], counted["failures"]) == (0, 2, {"status": 1})
