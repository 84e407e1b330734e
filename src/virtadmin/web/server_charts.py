"""The charts of a server's page: of every metric it has and of its mounts, each with what is to be said beside it."""

import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import redis
from django.core.cache import cache
from django.http import QueryDict
from django.urls import reverse

from virtadmin.metrics.capacity import MEMORY, Capacity, server_capacity
from virtadmin.metrics.catalogue import CATALOGUE
from virtadmin.metrics.trend import Forecast
from virtadmin.servers.models import Server, ServerState
from virtadmin.web import figures
from virtadmin.web.charts import Chart, charts_of, mount_charts, newest_of, with_numbers
from virtadmin.web.limits import ShownLimit
from virtadmin.web.outlook import outlook
from virtadmin.web.spans import Span

CAPACITY, CAPACITY_SECONDS = "capacity:%d", 600
NETWORK = "network_usage_in"
LIMITS_OFF = "Its limits are off: the link speed is not known. It can be set in the settings."


def charts_context(
    query: QueryDict, server: Server, state: ServerState, limits: Mapping[str, ShownLimit], link: int | None
) -> dict[str, Any]:
    """What `web/charts/area.html` needs, over the time that is asked for; `link`: the link speed in Mb/s, if known."""
    now = time.time()
    span = Span.of(query, now, begun=server.created.timestamp())
    values, more = state.metrics.get("values", {}), state.metrics.get("details", {})
    capacity = _capacity(server.pk, more, now)
    charts = [_explained(chart, limits, capacity, link) for chart in charts_of(CATALOGUE, values)]
    charts += [_filling(chart, more, capacity) for chart in mount_charts(more.get("mounts", ()))]
    asked = "numbers" in query
    return {
        "span": span,
        "charts": with_numbers(charts, server.pk, span) if asked else charts,
        "numbers": asked,
        "source": reverse("api:server-history", args=[server.pk]),
        "marks": reverse("api:server-marks", args=[server.pk]),
        "interval": server.interval,
        "newest": newest_of(state.metrics),
        "caption": "web/server/caption.html",
    }


def _capacity(pk: int, more: dict[str, Any], now: float) -> Capacity:
    """What runs out when, as it was worked out some minutes ago at most: it takes long, and changes slowly."""
    key = CAPACITY % pk
    try:
        if known := cache.get(key):
            return Capacity(_forecast(known["ram"]), {path: _forecast(one) for path, one in known["mounts"].items()})
        found = server_capacity(pk, more, now)
        cache.set(key, asdict(found), CAPACITY_SECONDS)
    except redis.RedisError:
        return server_capacity(pk, more, now)
    return found


def _forecast(stored: dict[str, float] | None) -> Forecast | None:
    return Forecast(**stored) if stored else None


def _explained(chart: Chart, limits: Mapping[str, ShownLimit], capacity: Capacity, link: int | None) -> Chart:
    metrics = {line.metric for line in chart.lines}
    note = outlook(capacity.ram) if MEMORY in metrics else LIMITS_OFF if NETWORK in metrics and not link else ""
    return replace(chart, limits=tuple(limits[name] for name in chart.limits if name in limits), note=note)


def _filling(chart: Chart, more: dict[str, Any], capacity: Capacity) -> Chart:
    mount = next(one for one in more["mounts"] if one["mount"] == chart.title)
    size = f"{figures.percent(mount['usage'])} of {figures.gibibytes(mount['total'])}."
    return replace(chart, note=f"{size} {outlook(capacity.mounts.get(chart.title))}".strip())
