"""From outcomes to rows: state, history, days, what alerting hears, the live bus."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.collector.websites.conftest import GOOD
from virtadmin.accounts.models import User
from virtadmin.alerting.contracts import UrlSeen
from virtadmin.collector import memory
from virtadmin.collector.websites import ingest as ingesting
from virtadmin.collector.websites.checks import Checked
from virtadmin.collector.websites.ingest import ingest
from virtadmin.collector.websites.selectors import questions
from virtadmin.metrics.store import history
from virtadmin.websites.check.outcome import Certificate, Hop, Outcome, Phases
from virtadmin.websites.check.stages import Stage
from virtadmin.websites.models import Url, UrlDay, UrlState
from virtadmin.websites.services import url_update

pytestmark = pytest.mark.usefixtures("valkey")
NOW = float(int(time.time()))
CERTIFICATE = Certificate(
    begins=NOW - 86_400, expires=NOW + 60 * 86_400, subject="CN=shop", issuer="CN=R10", names=("shop.example.org",),
    key="EC P-256", protocol="TLSv1.3", fingerprint="aa", serial="1", trusted=True, name_matches=True,
    chain_complete=True, self_signed=False,
)  # fmt: skip
REFUSED = Outcome(Stage.REFUSED, "192.0.2.1 refused the connection.", "Check the port.", phases=Phases(total=0.002))
UNAVAILABLE = Outcome(Stage.STATUS, "HTTP 503", "Look.", 503, "Service Unavailable", Phases(total=0.05))


def checked(url: Url, outcome: Outcome = GOOD, at: float = NOW, number: int = 0) -> Checked:
    return Checked(url.pk, number, at, outcome)


def state_of(url: Url) -> UrlState:
    return UrlState.objects.get(url=url)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[UrlSeen]:
    """What alerting was told."""
    found: list[UrlSeen] = []
    monkeypatch.setattr(ingesting, "urls_evaluate", lambda seen, now: found.extend(seen))
    return found


def test_a_good_check_is_the_newest_state_and_a_point_of_the_history(make_url: Callable[..., Url]) -> None:
    url = make_url()
    hops = (Hop("http://good.example/", 301, "https://good.example/"),)
    ingest([checked(url, replace(GOOD, redirects=hops, address="192.0.2.1", certificate=CERTIFICATE))])
    state = state_of(url)
    assert (state.status, state.status_reason, state.status_code, state.status_code_message) == ("up", "", 200, "OK")
    assert (state.response_time, state.failures, state.retry_at) == (123.4, 0, None)
    assert state.last_check == datetime.fromtimestamp(NOW, UTC)
    assert state.ssl_start_date == datetime.fromtimestamp(CERTIFICATE.begins, UTC)
    assert state.ssl_expiration_date == datetime.fromtimestamp(CERTIFICATE.expires, UTC)
    assert state.details == {
        "phases": {"dns": 1.0, "total": 123.4}, "address": "192.0.2.1", "hint": "",
        "redirects": [{"uri": "http://good.example/", "status": 301, "to": "https://good.example/"}],
    }  # fmt: skip
    assert state.certificate["names"] == ["shop.example.org"]
    points = {name: list(history().raw(-url.pk, name, NOW - 9, NOW + 9)) for name in ("response_time", "availability")}
    assert points == {"response_time": [(int(NOW), 123.4)], "availability": [(int(NOW), 100.0)]}


def test_failures_are_confirmed_then_told_and_so_is_recovery(
    make_url: Callable[..., Url], heard: list[UrlSeen]
) -> None:
    url = make_url(confirmations=2)
    for outcome in (GOOD, UNAVAILABLE, REFUSED, GOOD, GOOD):
        ingest([checked(url, outcome)])
    assert [seen.down for seen in heard] == [False, None, True, None, False]
    assert (heard[2].stage, heard[2].reason, heard[2].hint) == ("refused", REFUSED.reason, "Check the port.")
    assert [seen.reason for seen in heard if not seen.down] == [""] * 4
    assert [seen.status for seen in heard] == [200, 503, None, 200, 200]


def test_what_a_failure_left_is_seen_until_it_is_up_again(make_url: Callable[..., Url]) -> None:
    url = make_url(confirmations=1)
    ingest([checked(url, UNAVAILABLE)])
    state = state_of(url)
    assert (state.status, state.status_reason) == ("down", "status: HTTP 503")
    assert (state.status_code, state.response_time, state.details["hint"]) == (503, 50.0, "Look.")
    ingest([checked(url, REFUSED)])
    assert (state_of(url).status_code, state_of(url).response_time) == (None, None)
    ingest([checked(url)])
    assert (state_of(url).status, state_of(url).status_reason) == ("down", f"refused: {REFUSED.reason}")
    ingest([checked(url)])
    assert (state_of(url).status, state_of(url).status_reason) == ("up", "")


def test_the_certificate_stays_known_while_nothing_answers_and_its_expiry_is_told_on(
    make_url: Callable[..., Url], heard: list[UrlSeen]
) -> None:
    url, unwatched = make_url(), make_url(check_ssl=False)
    for outcome in (replace(GOOD, certificate=CERTIFICATE), REFUSED):
        ingest([checked(url, outcome), checked(unwatched, outcome)])
    told = [(seen.url_id, seen.expires, seen.lifetime) for seen in heard]
    assert told == [(url.pk, CERTIFICATE.expires, None), (unwatched.pk, None, None)] * 2
    assert state_of(url).certificate["fingerprint"] == state_of(unwatched).certificate["fingerprint"] == "aa"
    assert state_of(url).ssl_expiration_date is not None


def test_a_renewed_certificate_is_told_once_and_what_alerting_set_stays(
    make_url: Callable[..., Url], heard: list[UrlSeen]
) -> None:
    url = make_url(state={"ssl_expiration_date_notified": True})
    new = replace(CERTIFICATE, fingerprint="bb", expires=NOW + 90 * 86_400)
    for certificate in (CERTIFICATE, new, new, CERTIFICATE):
        ingest([checked(url, replace(GOOD, certificate=certificate))])
    assert [bool(seen.renewed) for seen in heard] == [False, True, False, False]
    assert [seen.lifetime and seen.lifetime // 86_400 for seen in heard] == [None, 91, 91, 61]
    assert "instead of until" in heard[1].renewed
    assert state_of(url).ssl_expiration_date_notified


def test_what_a_certificate_is_worth_may_change_without_it(make_url: Callable[..., Url], heard: list[UrlSeen]) -> None:
    url = make_url()
    for certificate in (CERTIFICATE, replace(CERTIFICATE, trusted=False)):
        ingest([checked(url, replace(GOOD, certificate=certificate))])
    assert state_of(url).certificate["trusted"] is False
    assert not any(seen.renewed for seen in heard)


def test_each_check_stands_for_the_seconds_before_it(
    make_url: Callable[..., Url], monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet: set[int] = set()
    monkeypatch.setattr(ingesting, "urls_in_maintenance", lambda url_ids, at: quiet & set(url_ids))
    url, noon = make_url(), datetime.now(UTC).replace(hour=12).timestamp()
    for after, outcome in ((0, GOOD), (60, GOOD), (120, UNAVAILABLE), (125, GOOD), (10_000, GOOD)):
        ingest([checked(url, outcome, noon - 50_000 + after)])
    assert sum(row.up for row in UrlDay.objects.all()) == 60 + 5 + 60
    assert sum(row.down for row in UrlDay.objects.all()) == 60, "a failure that is not confirmed counts too"
    quiet.add(url.pk)
    ingest([checked(url, UNAVAILABLE, noon - 50_000 + 10_030)])
    assert [row.held for row in UrlDay.objects.all() if row.held] == [30]
    ingest([checked(url, GOOD, noon - 50_000 + 10_040)])
    assert sum(row.up for row in UrlDay.objects.all()) == 60 + 5 + 60 + 10, "maintenance takes nothing from what is up"


def test_what_was_paused_or_deleted_meanwhile_is_dropped(make_url: Callable[..., Url], heard: list[UrlSeen]) -> None:
    stays, paused, gone = make_url(), make_url(enabled=False), make_url()
    results = [checked(url) for url in (gone, stays, paused)]
    Url.objects.filter(pk=gone.pk).delete()
    ingest(results)
    assert [seen.url_id for seen in heard] == [stays.pk]
    assert set(UrlState.objects.values_list("url_id", "status")) == {(stays.pk, "up"), (paused.pk, "pending")}


def test_a_result_of_an_older_round_is_dropped_alone_or_beside_the_newer_one(
    make_url: Callable[..., Url], heard: list[UrlSeen]
) -> None:
    url = make_url()
    older, newer = memory.round_begin(), memory.round_begin()
    ingest([checked(url, GOOD, number=newer), checked(url, REFUSED, number=older)])
    ingest([checked(url, REFUSED, number=older)])
    assert [seen.down for seen in heard] == [False]
    assert (state_of(url).failures, state_of(url).round) == (0, newer)


def test_a_check_that_began_before_it_was_set_to_something_else_is_dropped(
    make_url: Callable[..., Url], heard: list[UrlSeen], alice: User
) -> None:
    url = make_url("https://shop.example.org/")
    ingest([checked(url, replace(GOOD, certificate=CERTIFICATE))])
    [asked_before] = questions([url.pk], 1)
    url_update(url=url, actor=alice, uri="https://other.example.org/")
    of_the_old = replace(UNAVAILABLE, certificate=replace(CERTIFICATE, fingerprint="old"))
    ingest([Checked(url.pk, 1, NOW + 5, of_the_old, asked_before.revision)])
    state = state_of(url)
    assert (state.status, state.failures, state.certificate, state.last_check) == ("pending", 0, {}, None)
    assert len(heard) == 1
    assert list(history().raw(-url.pk, "availability", NOW + 1, NOW + 9)) == []
    [asked_now] = questions([url.pk], 2)
    of_the_new = replace(GOOD, certificate=replace(CERTIFICATE, fingerprint="new"))
    ingest([Checked(url.pk, 2, NOW + 6, of_the_new, asked_now.revision)])
    assert (state_of(url).status, state_of(url).certificate["fingerprint"]) == ("up", "new")
    assert [seen.renewed for seen in heard] == ["", ""]


def test_odd_texts_of_a_server_are_held_to_what_can_be_stored(make_url: Callable[..., Url]) -> None:
    url, odd = make_url(), "\0\x1b[31m\ud800" + "x" * 10_000
    certificate = replace(CERTIFICATE, subject=odd, issuer=odd, names=(odd,) * 3000)
    hops = (Hop(f"http://{odd}", 302, odd),)
    ingest([checked(url, Outcome(Stage.STATUS, odd, odd, 500, odd, redirects=hops, certificate=certificate))])
    state = state_of(url)
    assert state.status_reason == f"status: ??[31m?{'x' * 285}"
    assert state.status_code_message.startswith("??[31m?xxx")
    assert len(state.certificate["names"]) == 200


def test_the_number_of_queries_does_not_grow_with_the_batch(make_url: Callable[..., Url]) -> None:
    def queries(urls: list[Url]) -> int:
        outcomes = [replace(GOOD, certificate=replace(CERTIFICATE, fingerprint=str(time.time()))), GOOD, UNAVAILABLE]
        with CaptureQueriesContext(connection) as captured:
            ingest([checked(url, outcomes[place % 3], time.time()) for place, url in enumerate(urls)])
        return len(captured)

    urls = [make_url(state={"last_check": datetime.now(UTC) - timedelta(minutes=1)}) for _ in range(40)]
    few = queries(urls[:3])
    assert few <= 12
    assert queries(urls[3:]) <= few


def test_open_pages_hear_of_it(make_url: Callable[..., Url], valkey: redis.Redis) -> None:
    url = make_url()
    listener = valkey.pubsub(ignore_subscribe_messages=True)
    listener.subscribe("virtadmin:live:urls")
    ingest([checked(url)])
    found: list[Any] = [message for message in (listener.get_message(timeout=1) for _ in range(3)) if message]
    assert [message["data"] for message in found] == [b'{"ids":[%d]}' % url.pk]
    listener.close()
