"""What is done with limits, and the judging of a round."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from virtadmin.accounts.acting import acting
from virtadmin.accounts.models import User
from virtadmin.alerting.attending import (
    incident_acknowledge,
    incident_context_save,
    incident_unacknowledge,
    incidents_acknowledge,
)
from virtadmin.alerting.contracts import Observed, Reachability
from virtadmin.alerting.forecasts.outlook import FORECAST_OF
from virtadmin.alerting.incidents import events_apply, incidents_end, open_incidents, peaks_save
from virtadmin.alerting.judging import Open, Rules, held_servers, judge, reach_events
from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.models import Incident, Threshold
from virtadmin.alerting.rules.inheritance import DEFAULTS, FIELDS, RANGES
from virtadmin.alerting.rules.threshold_templates import thresholds_inherit
from virtadmin.alerting.subject import SERVER, Subject
from virtadmin.alerting.websites.evaluating import url_incidents_close_unwatched, urls_evaluate
from virtadmin.alerting.windows import windows_load, windows_save
from virtadmin.core.errors import InvalidInput
from virtadmin.servers.models import Server
from virtadmin.servers.rights import require_for

__all__ = [
    "DEFAULTS",
    "RANGES",
    "incident_acknowledge",
    "incident_context_save",
    "incident_unacknowledge",
    "incidents_acknowledge",
    "incidents_close_unwatched",
    "round_evaluate",
    "threshold_create",
    "threshold_reset",
    "threshold_update",
    "url_incidents_close_unwatched",
    "urls_evaluate",
]


def threshold_update(*, threshold: Threshold, actor: User | None, **fields: Any) -> Threshold:
    """Change limits (percent, 1 to 100) and `window` (seconds, 0 to 3600); what is open is judged anew at the next
    sample. What is changed stands above all templates. `actor` None: whoever the change log names already.
    Raises InvalidInput naming the field, NotAllowed."""
    if actor:
        require_for(actor, "alerting.change_threshold", threshold.server)
    for name, value in fields.items():
        _check(name, value)
    changed = {name for name, value in fields.items() if getattr(threshold, name) != value}
    threshold.overridden = sorted({*threshold.overridden, *changed})
    for name, value in fields.items():
        setattr(threshold, name, value)
    with acting(actor):
        threshold.save(update_fields=[*fields, "overridden"])
    return threshold


@transaction.atomic
def threshold_reset(*, threshold: Threshold, actor: User | None, names: Collection[str] = FIELDS) -> Threshold:
    """Put back what the server inherits of its tags' templates, and the defaults where they say nothing; of all limits
    or of those named.

    That is what deleting a Threshold means: a server always has one. Raises InvalidInput, NotAllowed.
    """
    kept = [name for name in threshold.overridden if name not in names]
    threshold_update(threshold=threshold, actor=actor, **{name: DEFAULTS.get(name) for name in names})
    Threshold.objects.filter(pk=threshold.pk).update(overridden=kept)
    with acting(actor):
        thresholds_inherit([threshold.server_id])
    threshold.refresh_from_db()
    return threshold


@transaction.atomic
def threshold_create(*, server: Server) -> Threshold:
    """The server's limits, made with what it inherits if it has none."""
    threshold, created = Threshold.objects.get_or_create(server=server)
    if created:
        thresholds_inherit([server.pk])
        threshold.refresh_from_db()
    return threshold


@transaction.atomic(savepoint=False)
def round_evaluate(*, observed: Sequence[Observed], reachability: Sequence[Reachability], now: float) -> None:
    """Judge what a round found out; open, raise and close incidents and write the messages, in this transaction.

    `now`: Unix seconds. A handful of queries for any number of servers; more only when something happens.
    """
    concerned = {seen.server_id for seen in observed} | {news.server_id for news in reachability}
    found = open_incidents([Subject(SERVER, pk) for pk in concerned])
    rules = _rules({seen.server_id for seen in observed}, found)
    events = reach_events(reachability, found)
    held = held_servers(found, events)
    windows = windows_load({seen.server_id for seen in observed if _needs_window(seen, rules)})
    verdict = judge(observed, rules, windows, found, held)
    windows_save(windows)
    peaks_save(verdict.peaks, found)
    events_apply([*events, *verdict.events], datetime.fromtimestamp(now, UTC))


@transaction.atomic(savepoint=False)
def incidents_close_unwatched(*, server: Server) -> None:
    """Close what nobody watches any more: all of a paused server's incidents, and those of metrics switched off.
    Nobody is told."""
    unwatched = [kind for kind in Incident.Kind.values if not server.enabled or _is_off(kind, server)]
    if not unwatched:
        return
    rows = Incident.objects.filter(server=server, open_key__isnull=False, kind__in=unwatched)
    incidents_end(rows, Incident.Ending.NOT_MEASURED if server.enabled else Incident.Ending.PAUSED, timezone.now())


def _check(name: str, value: object) -> None:
    if name not in RANGES:
        raise InvalidInput(name, "There is no such limit.")
    least, most = RANGES[name]
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidInput(name, f"This must be a whole number from {least} to {most}.")


def _is_off(kind: str, server: Server) -> bool:
    metric = LIMITS[kind].metric if kind in LIMITS else FORECAST_OF.get(kind)
    return metric in server.metrics_disabled


def _needs_window(seen: Observed, rules: dict[int, Rules]) -> bool:
    return seen.server_id in rules and rules[seen.server_id].window > seen.interval


def _rules(server_ids: set[int], found: Open) -> dict[int, Rules]:
    """The limits of the servers that are not paused; one whose limits somehow went missing gets the defaults."""
    rules = _rules_read(server_ids)
    missing = server_ids - rules.keys()
    if missing and (created := _thresholds_restore(missing, found)):
        rules |= _rules_read(created)
    return rules


def _rules_read(server_ids: Iterable[int]) -> dict[int, Rules]:
    rows = Threshold.objects.filter(server_id__among=list(server_ids), server__enabled=True).order_by()
    columns = rows.values_list("server_id", "window", *LIMITS.names())
    return {row[0]: Rules(row[1], dict(zip(LIMITS.names(), row[2:], strict=True))) for row in columns}


def _thresholds_restore(server_ids: set[int], found: Open) -> list[int]:
    lacking = Server.objects.filter(pk__in=server_ids, enabled=True, threshold=None).values_list("pk", flat=True)
    rows = [
        Threshold(server_id=pk, **{limit.flag: (Subject(SERVER, pk), limit.name) in found for limit in LIMITS})
        for pk in lacking
    ]
    Threshold.objects.bulk_create(rows, ignore_conflicts=True)
    thresholds_inherit([row.server_id for row in rows])
    return [row.server_id for row in rows]
