"""A metric over time."""

import time
from datetime import UTC, datetime

import pytest
from django.test import override_settings

from tests.api.conftest import Caller
from tests.api.test_problems import fields, told
from virtadmin.accounts.models import User
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.store import history
from virtadmin.servers.models import Server

START = 1_800_000_000


@pytest.fixture
def path(server: Server) -> str:
    """The history of a server that was measured every 10 s for 3 hours, with a peak in the middle."""
    rows = [Observation(START + 10 * n, {"cpu_usage": 90.0 if n == 540 else 10.0}, {}) for n in range(1080)]
    history().write((server.pk, row) for row in rows)
    return f"/api/server/{server.pk}/history/"


def test_few_points_are_given_as_they_are(alice: User, path: str, by_token: Caller) -> None:
    answer = by_token(alice).get(path, {"metric": "cpu_usage", "from": START, "to": START + 30}).json()
    assert (answer["metric"], answer["unit"], answer["from"], answer["to"]) == ("cpu_usage", "%", START, START + 30)
    assert [point["time"] for point in answer["points"]] == [START, START + 10, START + 20, START + 30]
    assert answer["points"][0] == {"time": START, "value": 10.0, "min": 10.0, "max": 10.0}


def test_many_points_become_1000_and_the_peak_survives(alice: User, path: str, by_token: Caller) -> None:
    points = by_token(alice).get(path, {"metric": "cpu_usage", "from": START, "to": START + 10_800}).json()["points"]
    assert 500 < len(points) <= 1000
    assert max(point["max"] for point in points) == 90.0


def test_a_chart_asks_for_as_many_points_as_it_has_room_for(alice: User, path: str, by_token: Caller) -> None:
    query = {"metric": "cpu_usage", "from": START, "to": START + 10_800, "points": 100}
    points = by_token(alice).get(path, query).json()["points"]
    assert len(points) == 100
    assert max(point["value"] for point in points) == 17.273
    assert max(point["max"] for point in points) == 90.0


def test_times_are_given_in_words_too(alice: User, path: str, by_token: Caller) -> None:
    start = datetime.fromtimestamp(START, UTC)
    for text in (start.isoformat(), start.strftime("%Y-%m-%dT%H:%M:%SZ"), start.strftime("%Y-%m-%d %H:%M:%S")):
        answer = by_token(alice).get(path, {"metric": "cpu_usage", "from": text, "to": START + 60})
        assert answer.json()["from"] == START, answer.content
    unescaped = by_token(alice).get(f"{path}?metric=cpu_usage&from={start.isoformat()}&to={START + 60}")
    assert unescaped.json()["from"] == START


def test_the_last_day_is_what_one_sees_first(alice: User, path: str, by_token: Caller) -> None:
    answer = by_token(alice).get(path, {"metric": "load1"}).json()
    assert (answer["to"] - answer["from"], answer["points"]) == (24 * 3600, [])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "metric"),
        ({"metric": "mood"}, "metric"),
        ({"metric": "mount:relative"}, "metric"),
        ({"metric": "mount:/" + "x" * 5000}, "metric"),
        ({"metric": "cpu_usage", "from": "yesterday"}, "from"),
        ({"metric": "cpu_usage", "from": "nan"}, "from"),
        ({"metric": "cpu_usage", "to": "1e300"}, "to"),
        ({"metric": "cpu_usage", "to": "-1"}, "to"),
        ({"metric": "cpu_usage", "to": "2026-13-45T00:00:00Z"}, "to"),
        ({"metric": "cpu_usage", "from": 10, "to": 10}, "from"),
        ({"metric": "cpu_usage", "points": 1001}, "points"),
        ({"metric": "cpu_usage", "points": 0}, "points"),
    ],
)
def test_a_query_that_makes_no_sense_is_told(
    alice: User, server: Server, by_token: Caller, query: dict[str, object], field: str
) -> None:
    problem = told(by_token(alice).get(f"/api/server/{server.pk}/history/", query), 400)
    assert fields(problem).keys() == {field}


def test_the_use_of_a_mount_has_a_history(alice: User, server: Server, by_token: Caller) -> None:
    used = {"mounts": [{"mount": "/srv/data", "used": 12.5}]}
    history().write([(server.pk, Observation(START, {}, used))])
    query = {"metric": "mount:/srv/data", "from": START - 60, "to": START + 60}
    answer = by_token(alice).get(f"/api/server/{server.pk}/history/", query).json()
    assert (answer["metric"], answer["unit"]) == ("mount:/srv/data", "GiB")
    assert answer["points"] == [{"time": START, "value": 12.5, "min": 12.5, "max": 12.5}]


def test_a_year_ago_is_answered_in_hours(alice: User, server: Server, by_token: Caller) -> None:
    now = int(time.time())
    history().write((server.pk, Observation(now - age, {"load1": 3.0}, {})) for age in range(600, 24 * 3600, 600))
    history().roll(now)
    query = {"metric": "load1", "from": now - 400 * 24 * 3600, "to": now}
    points = by_token(alice).get(f"/api/server/{server.pk}/history/", query).json()["points"]
    assert 22 <= len(points) <= 24 + 12 + 5  # hours, then what is not over yet in finer points
    assert {(point["value"], point["min"], point["max"]) for point in points} == {(3.0, 3.0, 3.0)}


def test_a_store_that_is_away_is_told_as_such(alice: User, server: Server, by_token: Caller) -> None:
    client = by_token(alice)
    with override_settings(HISTORY_URL="http://127.0.0.1:9"):
        problem = told(client.get(f"/api/server/{server.pk}/history/", {"metric": "load1"}), 503)
        assert "VictoriaMetrics at 127.0.0.1 cannot be asked" in problem["detail"]
        assert client.get(f"/api/server/{server.pk}/").json()["capacity"]["ram"]["days"] is None
