"""Events of websites: after the commit, and never in each other's way."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from virtadmin.websites.events import after_commit, url_changed


@pytest.fixture
def heard() -> Iterator[list[int]]:
    seen: list[int] = []

    def listen(url_id: int, **_: Any) -> None:
        seen.append(url_id)

    url_changed.connect(listen)
    yield seen
    url_changed.disconnect(listen)


def test_it_is_sent_once_all_is_written_and_not_if_nothing_is(transactional_db: None, heard: list[int]) -> None:
    with transaction.atomic():
        after_commit(url_changed, 7)
        assert heard == []
    assert heard == [7]
    with transaction.atomic():
        after_commit(url_changed, 8)
        transaction.set_rollback(True)
    assert heard == [7]


def test_a_receiver_that_fails_is_logged_and_hinders_no_other(
    heard: list[int], caplog: pytest.LogCaptureFixture, transactional_db: None
) -> None:
    def fail(**_: Any) -> None:
        raise ZeroDivisionError("the broker is away")

    heard.clear()
    url_changed.connect(fail)
    try:
        after_commit(url_changed, 9)
    finally:
        url_changed.disconnect(fail)
    assert heard == [9]
    assert "the broker is away" in caplog.text
