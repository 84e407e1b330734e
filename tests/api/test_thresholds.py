"""Limits over the API."""

from typing import Any

import pytest

from tests.api.conftest import Caller
from tests.api.test_problems import fields, told
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Threshold

NAMES = [
    "id", "cpu_usage", "cpu_usage_notified", "ram_usage", "ram_usage_notified", "hdd_usage", "hdd_usage_notified",
    "network_in_usage", "network_in_usage_notified", "network_out_usage", "network_out_usage_notified",
    "window", "server",
]  # fmt: skip


def test_it_shows_every_field(alice: User, threshold: Threshold, by_token: Caller) -> None:
    shown = by_token(alice).get(f"/api/thresholds/{threshold.pk}/").json()
    assert list(shown) == NAMES
    assert (shown["cpu_usage"], shown["window"], shown["server"]) == (80, 300, threshold.server_id)


def test_changed_limits_are_kept_and_flags_are_not_a_persons_to_set(
    alice: User, threshold: Threshold, by_token: Caller
) -> None:
    client, path = by_token(alice), f"/api/thresholds/{threshold.pk}/"
    shown = client.patch(path, {"ram_usage": 1, "window": 0, "ram_usage_notified": True}).json()
    assert (shown["ram_usage"], shown["window"], shown["ram_usage_notified"]) == (1, 0, False)
    assert client.put(path, {**shown, "cpu_usage": 99}).json() == {**shown, "cpu_usage": 99}


def test_deleting_puts_the_defaults_back(alice: User, threshold: Threshold, by_token: Caller) -> None:
    client, path = by_token(alice), f"/api/thresholds/{threshold.pk}/"
    before = client.get(path).json()
    client.patch(path, {"cpu_usage": 5, "window": 7})
    answer = client.delete(path)
    assert (answer.status_code, answer.json()) == (200, before)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cpu_usage": 0}, "cpu_usage"),
        ({"cpu_usage": 101}, "cpu_usage"),
        ({"hdd_usage": "full"}, "hdd_usage"),
        ({"hdd_usage": None}, "hdd_usage"),
        ({"window": 3601}, "window"),
        ({"window": -1}, "window"),
        ({"disk": 1}, "disk"),
    ],
)
def test_a_wrong_limit_is_told_at_its_field(
    alice: User, threshold: Threshold, by_token: Caller, change: dict[str, Any], field: str
) -> None:
    problem = told(by_token(alice).patch(f"/api/thresholds/{threshold.pk}/", change), 400)
    assert fields(problem).keys() == {field}


def test_lists_are_narrowed(alice: User, threshold: Threshold, by_token: Caller) -> None:
    client = by_token(alice)
    for query, count in {f"server={threshold.server_id}": 1, "server=0": 0, "search=web": 1}.items():
        answer = client.get(f"/api/thresholds/?{query}")
        assert (answer.json().get("count") == count) or (answer.status_code == 400 and count == 0), query
    assert client.get("/api/thresholds/?cpu_usage_notified=true").json()["count"] == 0
