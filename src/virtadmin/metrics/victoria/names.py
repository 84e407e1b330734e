"""Our series under Prometheus names: `virtadmin_cpu_usage_percent{server="7"}`,
`virtadmin_availability_percent{website="7"}`."""

from collections.abc import Iterable, Iterator, Mapping

from virtadmin.metrics.observation import Observation
from virtadmin.metrics.series import HISTORY, MOUNT, WEBSITE_HISTORY, metric_of, mounts_used, series_key

ENDINGS = {
    "%": "_percent",
    "Mb/s": "_megabits_per_second",
    "MB/s": "_megabytes_per_second",
    "s": "_seconds",
    "ms": "_milliseconds",
    "": "",
}
"""By the catalogue's units (https://prometheus.io/docs/practices/naming/ asks for the unit in the name)."""
NAMES = {
    name: f"virtadmin_{name.removesuffix('_percent')}{ENDINGS[metric_of(name).unit]}"
    for name in (*HISTORY, *WEBSITE_HISTORY)
}
MOUNT_NAME = "virtadmin_mount_used_gibibytes"
EVERYTHING = '{__name__=~"virtadmin_.+",%s}'
"""With `subject_label`."""


def selector(subject: int, series: str) -> str:
    """The one time series. Raises KeyError for what has no history."""
    if series.startswith(MOUNT):
        return f'{MOUNT_NAME}{{{subject_label(subject)},mount="{_escaped(series.removeprefix(MOUNT))}"}}'
    return f"{NAMES[str(series_key(series))]}{{{subject_label(subject)}}}"


def selectors(subjects: Iterable[int], series: str) -> Iterator[str]:
    """The time series of a metric of many servers, and of many websites. Raises KeyError as `selector` does."""
    name, given = NAMES[str(series_key(series))], list(subjects)
    for label, some in (
        ("server", [one for one in given if one >= 0]),
        ("website", [-one for one in given if one < 0]),
    ):
        if some:
            yield f'{name}{{{label}=~"{"|".join(map(str, some))}"}}'


def subject_of(labels: Mapping[str, str]) -> int:
    """The subject that a time series with these labels is of."""
    return int(labels["server"]) if "server" in labels else -int(labels["website"])


def subject_label(subject: int) -> str:
    """The label that says whose a series is."""
    return f'website="{-subject}"' if subject < 0 else f'server="{subject}"'


def exposition(subject: int, seen: Observation) -> str:
    """An observation in Prometheus' text format, with its time in whole seconds, counted in milliseconds."""
    return "".join(_lines(subject, seen))


def _lines(subject: int, seen: Observation) -> Iterator[str]:
    at, whose = int(seen.time) * 1000, subject_label(subject)
    for name in WEBSITE_HISTORY if subject < 0 else HISTORY:
        if (value := seen.values.get(name)) is not None:
            yield f"{NAMES[name]}{{{whose}}} {value} {at}\n"
    for path, used in mounts_used(seen.details):
        yield f'{MOUNT_NAME}{{{whose},mount="{_escaped(path)}"}} {used} {at}\n'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
