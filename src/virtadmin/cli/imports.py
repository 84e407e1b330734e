"""`virtadmin import`: many servers from a list, by the same services as the pages."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from virtadmin.cli.hub import load_django
from virtadmin.cli.servers import login_asked
from virtadmin.core.errors import InvalidInput

POLL_SECONDS = 0.3


def import_(options: argparse.Namespace) -> int:
    """Add the servers of a list; a line for each as it ends. 1 if any of them could not be added."""
    load_django()
    from virtadmin.accounts.selectors import owner_by_name
    from virtadmin.servers import services

    text = sys.stdin.read() if options.file == "-" else Path(options.file).read_text(errors="replace")
    if options.dry_run:
        return _tell_plan(text, options.format)
    owner = owner_by_name(options.owner)
    batch = services.import_create(actor=owner, text=text, format_name=options.format, username=options.user)
    _tell_refusals(batch.refusals)
    _wait_for_keys(batch)
    trust = options.trust or _trusted(batch, may_ask=options.file != "-")
    started = services.import_start(batch=batch, actor=owner, trust_shown=trust, **login_asked(options))
    print(f"Adding {started.begun} servers.", flush=True)
    return _follow(batch)


def _tell_plan(text: str, format_name: str) -> int:
    from virtadmin.servers.import_reading import text_read

    reading = text_read(text, format_name)
    for one in reading.candidates:
        tags = f"  [{', '.join(one.tags)}]" if one.tags else ""
        print(f"line {one.line}: {one.username or '(--user)'}@{one.ip_address}:{one.port}  {one.name}{tags}".rstrip())
    _tell_refusals([[refusal.line, refusal.what, refusal.why] for refusal in reading.refusals])
    print(f"{len(reading.candidates)} servers can be added ({reading.format}), {len(reading.refusals)} lines cannot.")
    return 0 if reading.candidates else 1


def _tell_refusals(refusals: list[list[Any]]) -> None:
    for line, what, why in refusals:
        print(f"line {line}: {what}: {why}", file=sys.stderr)


def _wait_for_keys(batch: Any) -> None:
    """Until a worker has looked at all hosts."""
    while batch.rows.filter(looked=False).exists():
        time.sleep(POLL_SECONDS)


def _trusted(batch: Any, *, may_ask: bool) -> bool:
    """Whether the person trusts the keys shown by hosts the list names none for."""
    from virtadmin.servers.services.imports import rows_to_start

    unknown = [row for row in rows_to_start(batch) if row.shown and not row.fingerprint]
    for row in unknown:
        print(f"{row}  {row.shown[0][1]} ({row.shown[0][0]})")
    if not unknown:
        return True
    if not (may_ask and sys.stdin.isatty()):
        raise InvalidInput("trust", "Compare these keys, then say --trust; or name each in the list.")
    return asked_yes(f"Do you trust these {len(unknown)} keys? [y/N] ")


def asked_yes(question: str) -> bool:
    """Whether the person says yes."""
    return input(question).strip().lower() in ("y", "yes")


def _follow(batch: Any) -> int:
    """Print each row's outcome as it comes; 1 if one failed."""
    from virtadmin.servers.import_outcome import Fate, outcome, tally
    from virtadmin.servers.selectors import import_rows

    told: set[int] = set()
    while True:
        outcomes = {row: outcome(row) for row in import_rows(batch)}
        for row, found in outcomes.items():
            if row.pk not in told and found.fate in (Fate.DONE, Fate.FAILED, Fate.LEFT):
                told.add(row.pk)
                print(f"{found.fate:<6}  {row.name or '-':<20}  {row}  {found.text}", flush=True)
        counts = tally(outcomes.values())
        if not counts.waiting:
            print(f"{counts.done} added, {counts.failed} failed.")
            return 1 if counts.failed else 0
        time.sleep(POLL_SECONDS)
