"""How much of a time a website was up, and what its checks measured, over the API."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.api.conftest import Caller
from tests.api.test_problems import fields, told
from virtadmin.accounts.models import User
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.series import website_subject
from virtadmin.metrics.store import history
from virtadmin.websites.models import Url, UrlDay

START = 1_800_000_000


def spent(url: Url, day: date, up: int, down: int, held: int = 0) -> None:
    UrlDay.objects.create(url=url, day=day, up=up, down=down, held=held)


def test_it_is_told_by_day_month_and_year(alice: User, url: Url, by_token: Caller) -> None:
    spent(url, date(2025, 12, 31), 60, 20)
    spent(url, date(2026, 1, 2), 50, 0, 30)
    spent(url, date(2026, 1, 3), 0, 50)
    answer = by_token(alice).get(f"/api/urls/{url.pk}/uptime/", {"from": "2025-12-31", "to": "2026-01-02"}).json()
    assert answer == {
        "from": "2025-12-31", "to": "2026-01-02", "percent": 84.615385, "up": 110, "down": 20, "held": 30,
        "days": [
            {"day": "2025-12-31", "percent": 75.0, "up": 60, "down": 20, "held": 0},
            {"day": "2026-01-01", "percent": None, "up": 0, "down": 0, "held": 0},
            {"day": "2026-01-02", "percent": 100.0, "up": 50, "down": 0, "held": 30},
        ],
        "months": [
            {"month": "2025-12", "percent": 75.0, "up": 60, "down": 20, "held": 0},
            {"month": "2026-01", "percent": 100.0, "up": 50, "down": 0, "held": 30},
        ],
        "years": [
            {"year": "2025", "percent": 75.0, "up": 60, "down": 20, "held": 0},
            {"year": "2026", "percent": 100.0, "up": 50, "down": 0, "held": 30},
        ],
    }  # fmt: skip


def test_the_last_365_days_are_what_one_sees_first(alice: User, url: Url, by_token: Caller) -> None:
    today = datetime.now(UTC).date()
    spent(url, today - timedelta(days=364), 1, 1)
    spent(url, today - timedelta(days=365), 0, 1)
    answer = by_token(alice).get(f"/api/urls/{url.pk}/uptime/").json()
    assert (len(answer["days"]), answer["percent"]) == (365, 50.0)


def test_five_years_are_told_at_once(alice: User, url: Url, by_token: Caller) -> None:
    answer = by_token(alice).get(f"/api/urls/{url.pk}/uptime/", {"from": "2021-01-01", "to": "2025-12-31"}).json()
    assert (len(answer["days"]), len(answer["months"]), len(answer["years"])) == (1826, 60, 5)
    assert answer["percent"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"to": "2026-02-30"}, "to"),
        ({"to": "0001-01-01"}, "to"),
        ({"from": "2026-01-02", "to": "2026-01-01"}, "from"),
        ({"from": "2020-01-01", "to": "2026-01-01"}, "from"),
        ({"to": "1969-12-31"}, "to"),
    ],
)
def test_a_query_that_makes_no_sense_is_told(
    alice: User, url: Url, by_token: Caller, query: dict[str, str], field: str
) -> None:
    assert fields(told(by_token(alice).get(f"/api/urls/{url.pk}/uptime/", query), 400)).keys() == {field}


def test_what_checks_measured_has_a_history_as_servers_have(alice: User, url: Url, by_token: Caller) -> None:
    rows = [Observation(START + 60 * n, {"response_time": 100.0 + n, "availability": 100.0}, {}) for n in range(3)]
    history().write((website_subject(url.pk), row) for row in rows)
    query: dict[str, Any] = {"metric": "response_time", "from": START, "to": START + 60}
    answer = by_token(alice).get(f"/api/urls/{url.pk}/history/", query).json()
    assert {**answer, "points": ...} == {**query, "unit": "ms", "points": ...}
    assert [(point["time"], point["value"]) for point in answer["points"]] == [(START, 100.0), (START + 60, 101.0)]
    share = by_token(alice).get(f"/api/urls/{url.pk}/history/", {**query, "metric": "availability"}).json()
    assert (share["unit"], share["points"][0]["max"]) == ("%", 100.0)


@pytest.mark.parametrize("metric", ["", "cpu_usage", "mount:/", "mood"])
def test_a_website_has_no_history_of_a_servers_metrics(alice: User, url: Url, by_token: Caller, metric: str) -> None:
    problem = told(by_token(alice).get(f"/api/urls/{url.pk}/history/", {"metric": metric}), 400)
    assert fields(problem).keys() == {"metric"}


def test_a_server_has_none_of_a_websites(alice: User, url: Url, by_token: Caller) -> None:
    path = f"/api/server/{url.server_id}/history/"
    assert fields(told(by_token(alice).get(path, {"metric": "response_time"}), 400)).keys() == {"metric"}
