"""What can have a limit: drawn from the catalogue of metrics."""

from dataclasses import dataclass

from virtadmin.core.registry import Registry
from virtadmin.metrics.catalogue import CATALOGUE, MOUNTS, NETWORK, Metric

MOUNT_DETAIL = "hdd_mount"
"""The detail of an observation that names the fullest mount."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of a Threshold; its `name` is the field there and the kind of its incidents."""

    name: str
    metric: str
    """The catalogue's name of the percentage that is judged."""
    label: str
    at_once: bool
    """Judged by the newest sample alone: a disk does not fill for a moment only."""
    needs: str = ""
    """A metric that being there without `metric` tells that the limit is off: traffic without a known link speed."""

    @property
    def flag(self) -> str:
        """The field of Threshold that says an incident is open."""
        return f"{self.name}_notified"


def _limit(metric: Metric) -> Limit:
    traffic = metric.name.replace("network_", "network_usage_").removesuffix("_percent")
    return Limit(
        name=metric.threshold,
        metric=metric.name,
        label=metric.label,
        at_once=metric.subject == MOUNTS,
        needs=traffic if metric.subject == NETWORK else "",
    )


LIMITS: Registry[Limit] = Registry(*(_limit(metric) for metric in CATALOGUE if metric.limit is not None))
WINDOWED = tuple(limit for limit in LIMITS if not limit.at_once)
"""The limits that are judged by the mean of a window, in the order a window keeps them."""
