"""The newest state of many websites, read and written a batch at a time: no model objects, as for servers."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import connection

from virtadmin.collector.reachability import Reach
from virtadmin.collector.upserting import rows_held, rows_upsert
from virtadmin.metrics.answer import printable
from virtadmin.websites.check.outcome import Outcome, Phases
from virtadmin.websites.models import MAX_URI, Url, UrlState

CHECKED = (
    "status", "status_reason", "failures", "successes", "retry_at", "round", "last_check", "status_code",
    "status_code_message", "response_time", "details",
)  # fmt: skip
"""What every check changes."""
SHOWN = ("ssl_start_date", "ssl_expiration_date", "certificate")
"""What changes when a certificate is shown that is not the one that is known."""
COLUMNS = ("url_id", *CHECKED, *SHOWN, "ssl_expiration_date_notified")
REASON_LENGTH, PHRASE_LENGTH = 300, 100
PHASES = ("dns", "tcp", "tls", "first_byte", "total")


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of a website before a batch, and what people set that its checks are judged by."""

    interval: int
    confirmations: int
    check_ssl: bool
    round: int
    """The newest round that was written."""
    revision: int
    reason: str
    reach: Reach
    last_check: float | None
    """Unix time."""
    certificate: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What a check found out about a website. Without `certificate` the one that is known stays."""

    url_id: int
    round: int
    at: float
    reach: Reach
    reason: str
    outcome: Outcome
    certificate: Mapping[str, Any] | None = None


def states_load(url_ids: Collection[int], *, lock: bool = False) -> dict[int, Known]:
    """What is known of the websites; those deleted or paused meanwhile are missing. Until the end of the transaction
    none is set to something else and, with `lock`, none deleted."""
    if lock:
        list(Url.objects.select_for_update().filter(pk__among=url_ids).order_by("pk").values_list("pk"))
    watched = rows_held(UrlState).filter(url_id__among=url_ids, url__enabled=True).order_by("pk")
    rows: Iterable[tuple[Any, ...]] = watched.values_list(
        "pk", "url__interval", "url__confirmations", "url__check_ssl", "round", "revision", "status_reason", "status",
        "failures", "successes", "retry_at", "last_check", "certificate",
    )  # fmt: skip
    found = {}
    for pk, interval, confirmations, check_ssl, number, revision, reason, *reach, at, shown in rows:
        last = at.timestamp() if at else None
        found[pk] = Known(interval, confirmations, check_ssl, number, revision, reason, Reach(*reach), last, shown)
    return found


def states_save(changes: Iterable[Change]) -> None:
    """Write the changes into the rows of the newest state."""
    plain: list[tuple[Any, ...]] = []
    shown: list[tuple[Any, ...]] = []
    for change in changes:
        (plain if change.certificate is None else shown).append(_row(change))
    rows_upsert(UrlState, COLUMNS, plain, key=["url_id"], update=CHECKED)
    rows_upsert(UrlState, COLUMNS, shown, key=["url_id"], update=(*CHECKED, *SHOWN))


def response_time(outcome: Outcome) -> float | None:
    """Milliseconds from start to end; None = there was no answer."""
    return None if outcome.status is None else _ms(outcome.phases.total)


def _row(change: Change) -> tuple[Any, ...]:
    reach, outcome, shown = change.reach, change.outcome, change.certificate
    return (
        change.url_id, reach.status, printable(change.reason, REASON_LENGTH), reach.failures, reach.successes,
        reach.retry_at, change.round, _moment(change.at), outcome.status, printable(outcome.phrase, PHRASE_LENGTH),
        response_time(outcome), _json(details(outcome)),
        _moment(shown["begins"]) if shown else None, _moment(shown["expires"]) if shown else None, _json(shown or {}),
        False,
    )  # fmt: skip


def details(outcome: Outcome) -> dict[str, Any]:
    """What is kept of how a check went, for people: `UrlState.details`."""
    redirects = [
        {"uri": printable(hop.uri, MAX_URI), "status": hop.status, "to": printable(hop.to, MAX_URI)}
        for hop in outcome.redirects
    ]
    hint = printable(outcome.hint, REASON_LENGTH)
    return {"phases": _phases(outcome.phases), "address": outcome.address, "redirects": redirects, "hint": hint}


def _phases(phases: Phases) -> dict[str, float]:
    """Milliseconds, of the phases that there were."""
    spent = {name: _ms(getattr(phases, name)) for name in PHASES}
    return {name: ms for name, ms in spent.items() if ms is not None}


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds, 2)


def _moment(at: float) -> Any:
    return connection.ops.adapt_datetimefield_value(datetime.fromtimestamp(at, UTC))


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
