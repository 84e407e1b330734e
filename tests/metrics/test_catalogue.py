"""The catalogue is whole and agrees with what is drawn from it."""

import pytest

from virtadmin.core.registry import Registry
from virtadmin.metrics.catalogue import CATALOGUE, CHECK, WEBSITES, Draw, Kind, Metric
from virtadmin.metrics.models import RawPoint
from virtadmin.metrics.series import HISTORY, WEBSITE_HISTORY, metric_of
from virtadmin.metrics.subjects import cpu, disks, memory, mounts, network, system

SUBJECTS = {module.__name__.rpartition(".")[2] for module in (cpu, disks, memory, mounts, network, system)}


@pytest.mark.parametrize("catalogue", [CATALOGUE, WEBSITES])
def test_every_metric_can_be_shown(catalogue: Registry[Metric]) -> None:
    for metric in catalogue:
        assert metric.label
        assert metric.help.endswith(".")
        assert metric.subject in SUBJECTS if catalogue is CATALOGUE else metric.subject == CHECK
        assert metric.kind in Kind
        assert bool(metric.chart) == (metric.draw is not Draw.TEXT)


@pytest.mark.parametrize("catalogue", [CATALOGUE, WEBSITES])
def test_a_chart_has_one_unit(catalogue: Registry[Metric]) -> None:
    charts: dict[str, set[str]] = {}
    for metric in catalogue:
        charts.setdefault(metric.chart, set()).add(metric.unit)
    assert all(len(units) == 1 for chart, units in charts.items() if chart)


def test_limits_are_percent_and_have_the_thresholds_names() -> None:
    limited = [metric for metric in CATALOGUE if metric.limit is not None]
    assert {metric.kind for metric in limited} == {Kind.PERCENT}
    assert [metric.threshold for metric in limited] == [
        "cpu_usage", "ram_usage", "hdd_usage", "network_in_usage", "network_out_usage",
    ]  # fmt: skip
    assert {metric.threshold for metric in CATALOGUE if metric.limit is None} == {""}


def test_the_history_has_a_column_for_each_headline_metric_and_no_other() -> None:
    columns = [field.name for field in RawPoint._meta.fields]
    assert columns == ["pk", "subject", "time", *HISTORY, "mounts", *WEBSITE_HISTORY]


def test_websites_have_metrics_of_their_own_which_no_form_of_a_server_shows() -> None:
    assert WEBSITE_HISTORY == ["response_time", "availability"]
    assert not set(WEBSITES.names()) & set(CATALOGUE.names())
    assert [metric.limit for metric in WEBSITES] == [None, None]
    assert (metric_of("availability").unit, metric_of("cpu_usage").unit) == ("%", "%")


def test_a_point_is_named_by_what_it_is_of() -> None:
    assert str(RawPoint(subject=7, time=60)) == "7 at 60"
