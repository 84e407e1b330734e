"""Who checks which websites in a tick."""

from collections.abc import Callable
from typing import Any

import pytest
import redis
from celery import current_app
from celery.utils.nodenames import worker_direct

from virtadmin.collector import dispatch, subscriptions, tasks
from virtadmin.collector.sharing import owner
from virtadmin.collector.websites.dispatch import check_now
from virtadmin.collector.workers import Announcer, Worker
from virtadmin.websites import events
from virtadmin.websites.models import Url, UrlState

ME, OTHER = Worker("me@a"), Worker("other@b")
NAMES = ("me@a", "other@b")
Sent = list[tuple[str, tuple[int, list[int], bool]]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, valkey: redis.Redis) -> Sent:
    """Shares as (queue, arguments); this worker and another live."""
    found: Sent = []

    def send(name: str, args: tuple[Any, ...], queue: Any, expires: int) -> None:
        assert expires == 30
        if name == "collector.check_urls":
            found.append((queue.name, args))

    monkeypatch.setattr(current_app, "send_task", send)
    Announcer("other@b").announce({}, now=1000.0)
    return found


def queue_of(url_id: int) -> str:
    return str(worker_direct(owner(-url_id, NAMES)).name)


def test_every_due_website_is_in_one_share_one_task_a_worker(sent: Sent, make_url: Callable[..., Url]) -> None:
    ids = [make_url().pk for _ in range(20)]  # new: due at once
    make_url(enabled=False)
    dispatch.tick(now=1000.0, me=ME)
    assert len(sent) == 2
    assert sorted(pk for _, (_, share, _) in sent for pk in share) == ids
    assert {(number, anew) for _, (number, _, anew) in sent} == {(1, False)}
    assert all(queue == queue_of(pk) for queue, (_, share, _) in sent for pk in share)


def test_websites_are_spread_over_their_interval_and_checked_once_in_it(
    sent: Sent, make_url: Callable[..., Url]
) -> None:
    ids = [make_url(interval=60, state={"status": "up"}).pk for _ in range(40)]
    begin = 1_000_000.0
    dispatch.tick(now=begin, me=ME)
    del sent[:]
    for tick in range(1, 13):
        dispatch.tick(now=begin + 5 * tick, me=ME)
    assert sorted(pk for _, (_, share, _) in sent for pk in share) == ids
    assert len({number for _, (number, _, _) in sent}) > 6
    assert max(len(share) for _, (_, share, _) in sent) < 12


def test_a_failed_check_is_repeated_in_the_next_tick_and_no_sooner_than_it_may_be(
    sent: Sent, make_url: Callable[..., Url]
) -> None:
    suspect = make_url(interval=3600, state={"status": "up", "failures": 1, "retry_at": 1003.0}).pk
    make_url(interval=3600, state={"status": "up", "failures": 1, "retry_at": 1900.0})
    dispatch.tick(now=1000.0, me=ME)
    assert sent == []
    dispatch.tick(now=1005.0, me=ME)
    assert [share for _, (_, share, _) in sent] == [[suspect]]


def test_one_that_is_down_is_checked_every_minute(sent: Sent, make_url: Callable[..., Url]) -> None:
    down = make_url(interval=86_400, state={"status": "down", "failures": 9}).pk
    dispatch.tick(now=10_000.0, me=ME)
    del sent[:]
    for tick in range(1, 13):
        dispatch.tick(now=10_000.0 + 5 * tick, me=ME)
    assert [share for _, (_, share, _) in sent] == [[down]]


def test_the_others_take_over_when_a_worker_is_gone(sent: Sent, make_url: Callable[..., Url]) -> None:
    ids = [make_url().pk for _ in range(10)]
    Announcer("other@b").leave()
    dispatch.tick(now=1000.0, me=ME)
    assert [(queue, share) for queue, (_, share, _) in sent] == [(worker_direct("me@a").name, ids)]


def test_one_is_checked_at_once_by_its_owner_anew_and_of_a_paused_or_deleted_one_nothing(
    sent: Sent, make_url: Callable[..., Url]
) -> None:
    url = make_url(state={"status": "up"})
    check_now(url.pk, me=ME)
    assert sent == [(queue_of(url.pk), (1, [url.pk], True))]
    Url.objects.update(enabled=False)
    tasks.check_url_now.apply((url.pk,))
    Url.objects.all().delete()
    tasks.check_url_now.apply((url.pk,))
    assert len(sent) == 1


def test_a_change_of_a_website_has_it_checked(
    make_url: Callable[..., Url], monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable
) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(subscriptions, "task_send", lambda *words: asked.append(words))
    with django_capture_on_commit_callbacks(execute=True):
        events.after_commit(events.url_changed, 7)
    assert asked == [("collector.check_url_now", 7)]


def test_the_state_of_a_website_that_is_checked_is_asked_in_one_query(
    sent: Sent, make_url: Callable[..., Url], django_assert_num_queries: Callable
) -> None:
    for _ in range(5):
        make_url()
    assert UrlState.objects.count() == 5
    with django_assert_num_queries(2):  # one for servers, one for websites
        dispatch.tick(now=1000.0, me=ME)
