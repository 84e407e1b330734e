"""The hub's own figures in /metrics, for staff alone. They have no instance: Prometheus gives them the hub's."""

from virtadmin.metrics.exposition.text import Page, label
from virtadmin.operations.figures import figures


def hub_say(written: Page) -> None:
    """Say all that the hub measures of itself."""
    for figure in figures():
        name = f"virtadmin_hub_{figure.name}"
        labels = ",".join(label(key, value) for key, value in figure.labels.items())
        written.lines[name].append(f"{name}{{{labels}}} {figure.value}\n" if labels else f"{name} {figure.value}\n")
