"""From outcomes of checks to knowledge: newest state, history, days and incidents at once; pages are told."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from virtadmin.alerting.contracts import UrlSeen
from virtadmin.alerting.rules.quiet import urls_in_maintenance
from virtadmin.alerting.services import urls_evaluate
from virtadmin.collector import memory
from virtadmin.collector.ingest import is_late
from virtadmin.collector.websites import standing
from virtadmin.collector.websites.certificates import lifetime, remembered, renewed
from virtadmin.collector.websites.checks import Checked
from virtadmin.collector.websites.days import Kind, Spent, days_add, seconds_of_days
from virtadmin.collector.websites.states import Change, Known, response_time, states_load, states_save
from virtadmin.core import bus
from virtadmin.core.retrying import retried
from virtadmin.metrics.answer import printable
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.series import website_subject
from virtadmin.metrics.store import history
from virtadmin.websites.check.outcome import Certificate

TEXT_LENGTH = 300


def ingest(results: Sequence[Checked]) -> None:
    """Write the outcomes of a batch of checks and all that follows from them, in one transaction.

    Outcomes of websites that were deleted, paused or set to something else meanwhile, and of rounds older than what is
    written already, are dropped.
    """
    now = time.time()
    newest = {checked.url_id: checked for checked in sorted(results, key=attrgetter("round"))}
    ordered = [newest[pk] for pk in sorted(newest)]  # two who write the same rows in one order wait, and do not lock up
    newest_round = memory.round_newest()
    tries: list[None] = []

    def write() -> list[int]:
        known = states_load(newest.keys(), lock=bool(tries))
        tries.append(None)
        current = [
            checked
            for checked in ordered
            if (before := known.get(checked.url_id))
            and checked.revision == before.revision
            and not is_late(checked.round, before.round, newest_round)
        ]
        _write(current, known, now)
        return [checked.url_id for checked in current]

    bus.publish("urls", {"ids": retried(write)})


def _write(current: Sequence[Checked], known: Mapping[int, Known], now: float) -> None:
    failing = [checked.url_id for checked in current if checked.outcome.stage]
    held = urls_in_maintenance(failing, datetime.fromtimestamp(now, UTC)) if failing else set()
    changes: list[Change] = []
    seen: list[UrlSeen] = []
    spent: list[Spent] = []
    for checked in current:
        before = known[checked.url_id]
        change, told = judged(checked, before)
        changes.append(change)
        seen.append(told)
        spent += _spent(checked, before, held)
    states_save(changes)
    days_add(spent)
    history().write((website_subject(checked.url_id), observation(checked)) for checked in current)
    urls_evaluate(seen=seen, now=now)


def judged(checked: Checked, before: Known) -> tuple[Change, UrlSeen]:
    """What a check changes in a website's state, and what is told of it; pure."""
    outcome = checked.outcome
    reach = standing.checked(
        before.reach, outcome, confirmations=before.confirmations, interval=before.interval, now=checked.at
    )
    reason = f"{outcome.stage}: {outcome.reason}" if outcome.stage else before.reason if reach.successes else ""
    shown = plain(outcome.certificate) if outcome.certificate else None
    kept = remembered(before.certificate, shown) if shown else None
    changed = kept if kept != before.certificate else None
    change = Change(checked.url_id, checked.round, checked.at, reach, reason, outcome, changed)
    told = renewed(before.certificate, shown) if shown else ""
    return change, _seen(checked, change, kept or before.certificate if before.check_ssl else {}, told)


def observation(checked: Checked) -> Observation:
    """What the history keeps of a check."""
    values = {"availability": 0.0 if checked.outcome.stage else 100.0}
    ms = response_time(checked.outcome)
    return Observation(checked.at, values if ms is None else {**values, "response_time": ms})


def plain(certificate: Certificate) -> dict[str, Any]:
    """The certificate as plain JSON; its texts are the server's, so they are held to what can be stored and shown."""
    found = certificate.as_json()
    texts = {name: printable(value, TEXT_LENGTH) for name, value in found.items() if isinstance(value, str)}
    return {**found, **texts, "names": [printable(name, TEXT_LENGTH) for name in found["names"]]}


def _seen(checked: Checked, change: Change, certificate: Mapping[str, Any], told: str) -> UrlSeen:
    outcome, down = checked.outcome, standing.is_down(change.reach)
    failed = outcome if outcome.stage and down else None
    return UrlSeen(
        checked.url_id,
        down,
        stage=failed.stage or "" if failed else "",
        reason=printable(failed.reason, TEXT_LENGTH) if failed else "",
        hint=failed.hint if failed else "",
        status=outcome.status,
        expires=certificate.get("expires"),
        lifetime=lifetime(certificate),
        renewed=told,
    )


def _spent(checked: Checked, before: Known, held: Collection[int]) -> Iterator[Spent]:
    kind: Kind = "up" if checked.outcome.stage is None else "held" if checked.url_id in held else "down"
    for day, seconds in seconds_of_days(before.last_check, checked.at, before.interval):
        yield Spent(checked.url_id, day, kind, seconds)
