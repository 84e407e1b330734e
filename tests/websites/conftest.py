"""What the tests of websites share."""

from collections.abc import Iterator
from typing import Any

import pytest

from virtadmin.servers import dispatch
from virtadmin.websites.events import url_changed, url_deleted

Heard = list[tuple[str, int]]


@pytest.fixture
def heard() -> Iterator[Heard]:
    """The events of websites that were sent, as (name, website's id)."""
    seen: Heard = []

    def changed(url_id: int, **_: Any) -> None:
        seen.append(("changed", url_id))

    def deleted(url_id: int, **_: Any) -> None:
        seen.append(("deleted", url_id))

    url_changed.connect(changed)
    url_deleted.connect(deleted)
    yield seen
    url_changed.disconnect(changed)
    url_deleted.disconnect(deleted)


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[int, ...]]]:
    """The tasks that were sent, instead of the broker."""
    seen: list[tuple[str, tuple[int, ...]]] = []
    monkeypatch.setattr(dispatch.current_app, "send_task", lambda name, args, **_: seen.append((name, tuple(args))))
    return seen
