"""Several websites in one message."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from virtadmin.alerting.models import Incident, Telling
from virtadmin.alerting.websites.facts import INCIDENTS, listed
from virtadmin.notifications import rendering
from virtadmin.websites.models import Url

NAMED = 20
"""Websites that a message lists; of the others it says how many they are."""


def sites(what: str, told: Sequence[tuple[Incident, Url]], at: datetime) -> tuple[str, dict[str, Any]]:
    """The message's kind and facts. All of them are down, or all are up again."""
    some = [rendering.cleaned(listed(incident, url, at)) for incident, url in told[:NAMED]]
    facts = {
        "sites": some,
        "count": len(told),
        "more": len(told) - len(some),
        "since": min(incident.opened for incident, _ in told).isoformat(),
        "page": INCIDENTS,
    }
    return ("websites_up" if what == Telling.What.CLOSED else "websites_down"), facts
