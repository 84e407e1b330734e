"""What servers are called in the label `instance`: their names, made unique where they are not."""

from collections import Counter
from collections.abc import Mapping

Named = Mapping[int, tuple[str, str]]
"""By id: name, address with port."""


def instances(servers: Named) -> dict[int, str]:
    """A label for each server that no other of these has: the name; `name (address)`; with the id where even that is
    not enough (two owners watch the same machine)."""
    labels = _told_apart({pk: name for pk, (name, _) in servers.items()}, {pk: at for pk, (_, at) in servers.items()})
    while len(set(labels.values())) < len(labels):
        labels = _told_apart(labels, {pk: f"#{pk}" for pk in servers})
    return labels


def _told_apart(labels: dict[int, str], marks: Mapping[int, str]) -> dict[int, str]:
    shared = Counter(labels.values())
    return {pk: f"{text} ({marks[pk]})" if shared[text] > 1 else text for pk, text in labels.items()}
