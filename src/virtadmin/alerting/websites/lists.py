"""Several websites in one message."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from virtadmin.alerting.models import Incident, Outage, Telling
from virtadmin.alerting.websites.facts import INCIDENTS, listed
from virtadmin.notifications import rendering
from virtadmin.websites.models import Url

NAMED = 20
"""Websites that a message lists; of the others it says how many they are."""


def sites(
    what: str, told: Sequence[tuple[Incident, Url]], outage: Outage | None, at: datetime
) -> tuple[str, dict[str, Any]]:
    """The message's kind and facts. All of them are down, or all are up again; of one outage, or of none."""
    some = [rendering.cleaned(listed(incident, url, at)) for incident, url in told[:NAMED]]
    facts = {
        "sites": some,
        "count": len(told),
        "more": len(told) - len(some),
        "since": min(incident.opened for incident, _ in told).isoformat(),
        "page": INCIDENTS,
    }
    is_over = what == Telling.What.CLOSED
    if outage is None:
        return ("websites_up" if is_over else "websites_down"), facts
    return ("websites_outage_over" if is_over else "websites_outage"), facts | {"cut_off": bool(outage.cut_off)}
