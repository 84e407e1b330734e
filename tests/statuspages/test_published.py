"""Kept for a few seconds: how little a flood costs, and how soon a change is seen."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from virtadmin.accounts.models import User
from virtadmin.statuspages import published as module
from virtadmin.statuspages.models import StatusPage
from virtadmin.statuspages.published import KEEP_SECONDS, Published, published
from virtadmin.statuspages.services import status_page_create, status_page_delete, status_page_update


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is, in seconds."""
    seconds = [1000.0]
    monkeypatch.setattr(module, "monotonic", lambda: seconds[0])
    return seconds


def test_a_page_is_read_once_in_ten_seconds(
    page: StatusPage, clock: list[float], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = published("ours")
    with django_assert_num_queries(0):
        assert published("ours") is first
    StatusPage.objects.update(title="Later")
    clock[0] += KEEP_SECONDS - 0.1
    assert published("ours") is first
    clock[0] += 0.1
    again = published("ours")
    assert again
    assert again.snapshot.title == "Later"


def test_each_form_is_drawn_once(page: StatusPage) -> None:
    found, calls = published("ours"), []

    def draw(shown: Any) -> str:
        calls.append(shown)
        return "é"

    assert found
    assert [found.body("x", draw), found.body("x", draw)] == ["é".encode()] * 2
    assert calls == [found.snapshot]


def test_what_is_not_there_or_is_switched_off_costs_the_same(
    page: StatusPage, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert published("ours")
    status_page_update(page=page, actor=alice, enabled=False)
    module._kept.clear()
    for slug in ("ours", "nothing", "ours"):
        with CaptureQueriesContext(connection) as asked:
            assert published(slug) is None
        assert [query["sql"].replace(slug, "…") for query in asked] == [asked[0]["sql"].replace(slug, "…")]
    assert module._kept == {}


@pytest.mark.django_db(transaction=True)
def test_a_change_is_seen_at_once_by_the_process_that_made_it(page: StatusPage, alice: User) -> None:
    assert published("ours")
    status_page_update(page=page, actor=alice, title="New", slug="other")
    assert published("ours") is None
    found = published("other")
    assert found
    assert found.snapshot.title == "New"
    status_page_delete(page=page, actor=alice)
    assert published("other") is None


def test_a_page_whose_seconds_are_over_when_it_is_switched_off_is_let_go(page: StatusPage, clock: list[float]) -> None:
    assert published("ours")
    StatusPage.objects.update(enabled=False)
    clock[0] += KEEP_SECONDS
    assert published("ours") is None
    assert module._kept == {}


def test_no_more_pages_are_kept_than_fit(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    for number in range(5):
        assert published(status_page_create(actor=alice, title="t", slug=f"page-{number}").slug)
        assert len(module._kept) <= 2


def test_who_waited_for_another_has_what_that_one_made(page: StatusPage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both found nothing; the second comes in as the first is done."""
    made = published("ours")
    assert made
    module._kept.clear()
    found: list[Published] = []
    with module._turn:
        other = threading.Thread(target=lambda: found.append(module._made(page)))
        other.start()
        module._kept["ours"] = made
    other.join(10)
    assert found == [made]
