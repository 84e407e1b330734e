"""From tellings to messages: one incident alone, or several in one message that names each of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from virtadmin.alerting.drafts import (
    EXPLAINED,
    WITH_CONTEXT,
    draft_of,
    facts_of,
    hold_until,
    kind_of,
    level_of,
    severity_of,
    thread_of,
)
from virtadmin.alerting.judging import HOST_KEY_CHANGED, LOST
from virtadmin.alerting.models import Incident, Telling
from virtadmin.alerting.subject import Subject, Watched, address_of, called
from virtadmin.alerting.telling.scene import Scene
from virtadmin.alerting.telling.streams import CERTIFICATE, URL_DOWN
from virtadmin.alerting.websites.facts import INCIDENTS
from virtadmin.alerting.websites.lists import sites
from virtadmin.notifications import rendering
from virtadmin.notifications.services import Draft
from virtadmin.websites.models import Url

What = Telling.What
SERVERS = "/"
"""The page that lists them."""
NAMED = 20
"""Servers or incidents that a message lists; of the others it says how many they are."""
Told = list[tuple[str, Incident]]
"""What is told of which incident."""


def drafts_of(messages: Sequence[Sequence[Telling]], seen: Scene, at: datetime) -> list[tuple[Draft, list[Telling]]]:
    """The messages, each given as the tellings of one person; those who are told the same share a draft."""
    alike: dict[tuple[int, tuple[tuple[int, str], ...]], list[Telling]] = defaultdict(list)
    for rows in messages:
        others = seen.others(rows[0])
        alike[others, tuple((row.incident_id, row.what) for row in rows)].extend(rows)
    return [(_draft(content, others, rows, seen, at), rows) for (others, content), rows in alike.items()]


def _draft(
    content: Sequence[tuple[int, str]], others: int, rows: Sequence[Telling], seen: Scene, at: datetime
) -> Draft:
    told = sorted(((what, seen.incidents[pk]) for pk, what in content), key=_rank)
    audience = [seen.people[pk] for pk in dict.fromkeys(row.recipient_id for row in rows)]
    what, incident = told[0]
    if len(told) == 1 and is_told_alone(what, incident):
        return draft_of(what, incident, seen.watched[incident.subject], audience, at)
    kind, facts = _gathered(told, seen, at)
    subjects = {incident.subject for _, incident in told}
    about = incident.subject if len(subjects) == 1 else None
    return Draft(
        kind=kind,
        level=level_of(told),
        audience=audience,
        facts={**facts, "others": others, "incidents": [incident.pk for _, incident in told], **_alone(told)},
        thread=thread_of(incident),
        server_id=about.server_id if about else None,
        url_id=about.url_id if about else None,
        hold_until=hold_until(told, at),
        severity=severity_of(incident for _, incident in told),
    )


def is_told_alone(what: str, incident: Incident) -> bool:
    """Whether it has a message of its own, if nothing else is told with it."""
    if what == What.REPEATED:
        return incident.kind == CERTIFICATE
    return what == What.CLOSED or not incident.outage_id


def _rank(told: tuple[str, Incident]) -> tuple[bool, bool]:
    """The worst first, what is over last."""
    what, incident = told
    return what == What.CLOSED, incident.level != Incident.Level.CRITICAL


def _alone(told: Told) -> dict[str, Any]:
    """What links and buttons need, if the message is of one incident after all."""
    if len(told) > 1:
        return {}
    incident = told[0][1]
    about = {"server": incident.server_id} if incident.server_id else {"website": incident.url_id, "page": INCIDENTS}
    return {"incident": incident.pk, **about}


def _gathered(told: Told, seen: Scene, at: datetime) -> tuple[str, dict[str, Any]]:
    what, incident = told[0]
    if incident.kind == CERTIFICATE:
        return "certificates", listed(told, seen.watched, at) | {"page": INCIDENTS}
    if what == What.REPEATED:
        page = {"page": INCIDENTS} if len(told) > 1 else {}
        return "still_open", listed(told, seen.watched, at) | page | {"hours": settings.REPEAT_HOURS}
    if incident.kind == HOST_KEY_CHANGED:
        return "host_keys", listed(told, seen.watched, at) | {"page": SERVERS}
    if incident.kind == LOST:
        return _reach(told, seen, at)
    if incident.kind == URL_DOWN:
        rows = ((row, seen.watched[row.subject]) for _, row in told)
        outage = seen.outages.get(incident.outage_id or 0)
        return sites(what, [(row, url) for row, url in rows if isinstance(url, Url)], outage, at)
    return "server_alerts", listed(told, seen.watched, at) | _of_server(told, seen)


def _of_server(told: Told, seen: Scene) -> dict[str, Any]:
    server = seen.watched[told[0][1].subject]
    metrics = [incident.kind for _, incident in told if incident.kind in WITH_CONTEXT]
    figures = {incident.kind: round(incident.value, 2) for _, incident in told if incident.value is not None}
    context: dict[str, Any] = next((row.context for what, row in told if what in EXPLAINED and row.context), {})
    return {
        "server": server.pk,
        "name": called(server),
        "address": address_of(server),
        "by_metric": metrics[0] if metrics else "",
        **figures,
        **context,
    }


def listed(told: Told, watched: Mapping[Subject, Watched], at: datetime) -> dict[str, Any]:
    """Incidents of any kind, each by the title of its own message."""
    items = [_item(what, incident, watched[incident.subject], at) for what, incident in told[:NAMED]]
    return {"items": items, "count": len(told), "more": len(told) - len(items)}


def _item(what: str, incident: Incident, about: Watched, at: datetime) -> dict[str, Any]:
    shown = What.OPENED if what == What.REPEATED else what
    facts = rendering.cleaned(facts_of(shown, incident, about, at))
    kept = ("since", "seconds", "label", "name", "server", "website", "expires")
    return {
        "title": rendering.title(kind_of(shown, incident), {**facts, "level": incident.level}),
        "closed": what == What.CLOSED,
        "value": facts.get(incident.kind),
        **{name: facts[name] for name in kept if name in facts},
    }


def _reach(told: Told, seen: Scene, at: datetime) -> tuple[str, dict[str, Any]]:
    """Servers lost and back. All of them are of one outage, or none is."""
    lost = [incident for what, incident in told if what != What.CLOSED]
    back = [incident for what, incident in told if what == What.CLOSED]
    facts = {
        "lost": [_server(incident, seen, at) for incident in lost[:NAMED]],
        "lost_count": len(lost),
        "lost_more": max(0, len(lost) - NAMED),
        "back": [_server(incident, seen, at) for incident in back[:NAMED]],
        "back_count": len(back),
        "back_more": max(0, len(back) - NAMED),
        "since": min(incident.opened for _, incident in told).isoformat(),
        "page": SERVERS,
    }
    outage = seen.outages.get(told[0][1].outage_id or 0)
    if outage is None:
        return "servers_changed", facts
    return ("outage_over" if back else "outage"), facts | {"cut_off": bool(outage.cut_off)}


def _server(incident: Incident, seen: Scene, at: datetime) -> dict[str, Any]:
    server = seen.watched[incident.subject]
    return {
        "server": server.pk,
        "name": rendering.one_line(called(server)),
        "address": rendering.one_line(address_of(server)),
        "stage": incident.stage,
        "since": incident.opened.isoformat(),
        "seconds": round(((incident.closed or at) - incident.opened).total_seconds()),
    }
