"""Our series under Prometheus names: `virtadmin_cpu_usage_percent{server="7"}`."""

from collections.abc import Iterator

from virtadmin.metrics.catalogue import CATALOGUE
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.series import HISTORY, MOUNT, mounts_used, series_key

ENDINGS = {"%": "_percent", "Mb/s": "_megabits_per_second", "MB/s": "_megabytes_per_second", "s": "_seconds", "": ""}
"""By the catalogue's units (https://prometheus.io/docs/practices/naming/ asks for the unit in the name)."""
NAMES = {name: f"virtadmin_{name.removesuffix('_percent')}{ENDINGS[CATALOGUE[name].unit]}" for name in HISTORY}
MOUNT_NAME = "virtadmin_mount_used_gibibytes"
EVERYTHING = '{__name__=~"virtadmin_.+",server="%d"}'


def selector(subject: int, series: str) -> str:
    """The one time series. Raises KeyError for what has no history."""
    if series.startswith(MOUNT):
        return f'{MOUNT_NAME}{{server="{subject}",mount="{_escaped(series.removeprefix(MOUNT))}"}}'
    return f'{NAMES[str(series_key(series))]}{{server="{subject}"}}'


def exposition(subject: int, seen: Observation) -> str:
    """An observation in Prometheus' text format, with its time in whole seconds, counted in milliseconds."""
    return "".join(_lines(subject, seen))


def _lines(subject: int, seen: Observation) -> Iterator[str]:
    at = int(seen.time) * 1000
    for name, full in NAMES.items():
        if (value := seen.values.get(name)) is not None:
            yield f'{full}{{server="{subject}"}} {value} {at}\n'
    for path, used in mounts_used(seen.details):
        yield f'{MOUNT_NAME}{{server="{subject}",mount="{_escaped(path)}"}} {used} {at}\n'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
