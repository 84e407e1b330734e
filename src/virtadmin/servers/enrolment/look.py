"""Looking at many hosts: their keys are fetched some at a time, before a login is given to any."""

import asyncio
from collections.abc import Sequence

from virtadmin.servers.live import import_moved
from virtadmin.servers.models import ImportRow
from virtadmin.ssh.host_keys import HostKey, fetch_host_keys
from virtadmin.ssh.stages import ConnectionFailure

AT_ONCE = 40
"""Hosts asked at the same time; each takes ten seconds at most."""

Seen = list[HostKey] | ConnectionFailure


def import_look(batch_id: int) -> None:
    """Ask the hosts of an import that were not asked yet. Call it outside an event loop."""
    rows = list(ImportRow.objects.filter(batch_id=batch_id, looked=False).select_related("batch"))
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        for row, seen in zip(some, asyncio.run(_look(some)), strict=True):
            note(row, seen)
        ImportRow.objects.bulk_update(some, ["shown", "looked", "refusal"])
        import_moved(batch_id, rows[0].batch.owner_id)


async def _look(rows: Sequence[ImportRow]) -> list[Seen]:
    return await asyncio.gather(*(_look_at(row.ip_address, row.port) for row in rows))


async def _look_at(address: str, port: int) -> Seen:
    try:
        return await fetch_host_keys(address, port)
    except ConnectionFailure as failure:
        return failure


def note(row: ImportRow, seen: Seen) -> None:
    """Write what was seen to the row."""
    row.looked = True
    if isinstance(seen, ConnectionFailure):
        row.shown, row.refusal = [], f"{seen.message} {seen.hint}"[:500]
    else:
        row.shown, row.refusal = [[key.algorithm, key.fingerprint] for key in seen], ""
