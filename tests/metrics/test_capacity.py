"""What of a server runs out when, by its history."""

from typing import Any

import pytest

from virtadmin.metrics.capacity import server_capacity
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.stores.sql import SqlStore
from virtadmin.metrics.tiers import DAY, HOUR

NOW = 20_600 * DAY
SUBJECT = 7


@pytest.fixture
def store(db: None, monkeypatch: pytest.MonkeyPatch) -> SqlStore:
    """A store with four weeks of a disk that fills by 1 GiB a day, another that does not, and memory that grows."""
    store = SqlStore()
    for hours in range(0, 28 * 24, 2):
        store.clock = lambda now=NOW - 28 * DAY + hours * HOUR: now  # type: ignore[misc]
        mounts = [mount("/var", 20 + hours / 24), mount("/", 30.0)]
        seen = Observation(store.clock(), {"ram_usage": 20 + hours / 12}, {"mounts": mounts})
        store.write([(SUBJECT, seen)])
        if not hours % 24:
            store.roll(store.clock())
    store.clock = lambda: NOW
    store.roll(NOW)
    monkeypatch.setattr("virtadmin.metrics.capacity.history", lambda: store)
    return store


def mount(path: str, used: float, **more: Any) -> dict[str, Any]:
    """A mount of 100 GiB."""
    return {"mount": path, "used": used, "available": 100 - used, "read_only": False, **more}


def test_days_are_told_for_what_grows_and_none_for_what_does_not(store: SqlStore) -> None:
    newest = {"mounts": [mount("/var", 48.0), mount("/", 30.0), mount("/rom", 9.0, read_only=True), mount("/new", 1.0)]}
    found = server_capacity(SUBJECT, newest, NOW)
    assert list(found.mounts) == ["/var", "/", "/new"]
    assert found.mounts["/"] is found.mounts["/new"] is None
    assert found.ram is not None
    assert found.ram.days == pytest.approx(12, abs=0.3)
    assert found.values() == {
        "ram_usage": found.ram.days, "mount:/var": pytest.approx(52, abs=0.3),
    }  # fmt: skip


def test_it_is_plain_json_with_the_same_names_whether_known_or_not(store: SqlStore) -> None:
    shown = server_capacity(SUBJECT, {"mounts": [mount("/var", 48.0), mount("/", 30.0)]}, NOW).as_json()
    assert shown["mounts"][1] == {"mount": "/", "days": None, "soonest": None, "latest": None, "confidence": None}
    assert shown["mounts"][0].keys() == shown["mounts"][1].keys()
    assert shown["mounts"][0]["confidence"] == 1.0
    assert shown["ram"].keys() == {"days", "soonest", "latest", "confidence"}


def test_a_mount_of_unknown_size_is_left_out(store: SqlStore) -> None:
    unknown = {"mount": "/x", "used": None, "available": None, "read_only": False}
    assert server_capacity(99, {"mounts": [unknown]}, NOW).mounts == {}
    assert server_capacity(99, {}, NOW).values() == {}
