"""Charts as the catalogue groups metrics, and the time they show."""

import json
import time

import pytest
from django.http import QueryDict
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.metrics.catalogue import CATALOGUE, WEBSITES
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.store import history
from virtadmin.web.charts import charts_of, mount_charts, newest_of, with_numbers
from virtadmin.web.spans import RANGES, Span

NOW = 1_800_000_000


def span(query: str) -> Span:
    return Span.of(QueryDict(query), NOW)


def test_every_metric_that_is_drawn_has_its_place() -> None:
    charts = charts_of(CATALOGUE, CATALOGUE.names())
    assert [line.metric for chart in charts for line in chart.lines] == [one.name for one in CATALOGUE if one.chart]
    assert [chart.title for chart in charts][:3] == ["CPU", "Memory", "Disk space"]
    assert {limit for chart in charts for limit in chart.limits} == {one.threshold for one in CATALOGUE if one.limit}
    assert [chart.key for chart in charts_of(WEBSITES, WEBSITES.names())] == ["response-time", "availability"]


def test_what_a_server_lacks_has_no_chart() -> None:
    (memory,) = charts_of(CATALOGUE, {"swap_usage"})
    assert [line.label for line in memory.lines] == ["Swap"]
    assert json.loads(memory.series) == [{"metric": "swap_usage", "label": "Swap", "draw": "line"}]


def test_each_mount_has_a_chart_up_to_its_size() -> None:
    mounts = [{"mount": "/srv/a,b", "used": 30.0, "available": 12.5}, {"mount": "/gone", "used": None}]
    (chart,) = mount_charts(mounts)
    assert (chart.title, chart.top, chart.lines[0].metric) == ("/srv/a,b", 42.5, "mount:/srv/a,b")


def test_the_usual_time_is_a_day() -> None:
    assert (span("").name, span("").shown, span("range=century").name) == ("24h", (NOW - 86_400, NOW), "24h")
    assert span("range=15mo").start == NOW - 455 * 86_400


@pytest.mark.parametrize(
    ("age", "name"), [(20, "1h"), (3600, "1h"), (3601, "6h"), (21_600, "6h"), (21_601, "24h"), (-5, "1h")]
)
def test_what_is_new_is_shown_from_its_beginning(age: int, name: str) -> None:
    assert Span.of(QueryDict(""), NOW, begun=NOW - age).name == name
    assert Span.of(QueryDict("range=century"), NOW, begun=NOW - age).name == name
    assert Span.of(QueryDict("range=30d"), NOW, begun=NOW - age).name == "30d"


def test_a_part_of_it_is_zoomed_into() -> None:
    assert span("range=7d&from=100&to=200").shown == (100, 200)
    for wrong in ("from=200&to=100", "from=100", "from=x&to=200", "from=1&to=99999999999999", "from=²&to=3"):
        assert span(wrong).zoom is None, wrong


@given(st.sampled_from([*RANGES]), st.text(max_size=20), st.text(max_size=20))
def test_whatever_is_asked_some_time_is_shown(name: str, start: str, end: str) -> None:
    query = QueryDict(mutable=True)
    query.update({"range": name, "from": start, "to": end})
    first, last = Span.of(query, NOW).shown
    assert 0 <= first < last


def test_the_newest_numbers_are_told_with_the_mounts() -> None:
    observed = Observation(12.7, {"cpu_usage": 3.5}, {"mounts": [{"mount": "/", "used": 4.0}]}).as_json()
    assert json.loads(newest_of(observed)) == {"time": 12, "cpu_usage": 3.5, "mount:/": 4.0}
    assert newest_of({}) == ""


@pytest.mark.django_db
def test_the_numbers_of_the_time_are_read_where_they_are_asked_for() -> None:
    now = int(time.time())
    history().write((5, Observation(now - age, {"cpu_usage": 10.0 + age / 60}, {})) for age in (60, 120, 180))
    charts = charts_of(CATALOGUE, {"cpu_usage", "load1"})
    cpu, load = with_numbers(charts, 5, Span("1h", now))
    assert cpu.lines[0].numbers == ("11 %", "12 %", "13 %")
    assert load.lines[0].numbers == ("–", "–", "–")
    with override_settings(HISTORY_URL="http://127.0.0.1:9"):
        assert with_numbers(charts, 5, Span("1h", now))[0].lines[0].numbers == ("–", "–", "–")
