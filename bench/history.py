"""What years of history cost: room in the database, a chart of 15 months by the API, summing up every 5 minutes.

The last two days are written and rolled up by the hub's own store, in the order they come; what is older is written
tier by tier as rolling up would have left it, of all servers at once, so that the file is as scattered as a real one.
"""

import random
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from bench.hub import prepared_hub, servers_make, valkey
from bench.report import Report, options

END = int(time.time()) // 60 * 60
"""The newest point."""
INTERVAL = 60
RAW_HOURS = 48
MONTHS_15 = 455 * 86_400
MOUNTS = ("/", "/boot/efi", "/var/lib/data")
MEGABYTE = 1e6


def main() -> None:
    """Measure and report."""
    parser = options(__doc__)
    parser.add_argument("--servers", type=int, default=50)
    parser.add_argument("--charts", type=int, default=100)
    chosen = parser.parse_args()
    report = Report(f"history: {chosen.servers} servers at {INTERVAL} s, 5 years, 15 metrics and {len(MOUNTS)} mounts")
    with tempfile.TemporaryDirectory() as home, valkey(home), prepared_hub(home):
        ids = servers_make(chosen.servers)
        before = _size(home)
        _old(ids)
        report.add("roll_us_per_server", _new(ids))
        report.add("history_mb_per_server", (_size(home) - before) / MEGABYTE / len(ids), "≤ 5")
        report.add("history_p95_ms", _charts(ids, chosen.charts), "≤ 200")
    report.show(as_json=chosen.json)


def _size(home: str) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(home, "virtadmin.sqlite3").stat().st_size


def _old(ids: list[int]) -> None:
    """All tiers up to where the raw points begin."""
    from django.db import transaction

    from virtadmin.metrics.sql.statements import rolled_write
    from virtadmin.metrics.tiers import TIERS

    raw = END - RAW_HOURS * 3600
    for tier in TIERS:
        rows = [_rolled_row(tier.step // INTERVAL) for _ in range(100)]
        buckets = range((END - tier.keep) // tier.step, raw // tier.step)
        for begin in buckets[::20]:
            some = range(begin, min(begin + 20, buckets.stop))
            with transaction.atomic():
                rolled_write([(pk, tier.number, bucket, random.choice(rows)) for bucket in some for pk in ids])


def _rolled_row(samples: int) -> bytes:
    from virtadmin.metrics.packing import SLOTS, pack
    from virtadmin.metrics.series import Key, mount_key, scale
    from virtadmin.metrics.summary import summary

    keys: list[Key] = [*SLOTS, *map(mount_key, MOUNTS)]
    values = {key: summary([random.randrange(60 * scale(key)) for _ in range(samples)]) for key in keys}
    return pack(samples, values)


def _new(ids: list[int]) -> float:
    """Two days of samples written and rolled up as they come; CPU microseconds of a roll-up per server."""
    from virtadmin.metrics.models import RollProgress
    from virtadmin.metrics.observation import Observation
    from virtadmin.metrics.series import HISTORY
    from virtadmin.metrics.stores.sql import SqlStore

    now, rolls, spent = END - RAW_HOURS * 3600, 0, 0.0
    store = SqlStore(clock=lambda: now)
    RollProgress.objects.create(rolled=now // 300 * 300)
    while now <= END:
        values = {name: round(random.uniform(0, 60), 2) for name in HISTORY}
        mounts = [{"mount": path, "used": round(random.uniform(0, 60), 2)} for path in MOUNTS]
        store.write((pk, Observation(now, values, {"mounts": mounts})) for pk in ids)
        now += INTERVAL
        if now % 300 < INTERVAL:
            begun = time.process_time()
            store.roll(now)
            rolls, spent = rolls + 1, spent + time.process_time() - begun
    return spent / rolls / len(ids) * 1e6


def _charts(ids: list[int], count: int) -> float:
    """Milliseconds until the API has answered, 95 of 100 charts of random servers and series."""
    from django.test import Client

    from virtadmin.accounts.models import User
    from virtadmin.metrics.series import HISTORY, MOUNT

    client = Client()
    client.force_login(User.objects.get())
    series = [*HISTORY, *(MOUNT + path for path in MOUNTS)]
    took = []
    for _ in range(count):
        query: dict[str, str | int] = {"metric": random.choice(series), "from": END - MONTHS_15, "to": END}
        begun = time.perf_counter()
        answer = client.get(f"/api/server/{random.choice(ids)}/history/", query)
        took.append((time.perf_counter() - begun) * 1000)
        assert 900 < len(answer.json()["points"]) <= 1000
    return quantiles(took, n=20)[-1]


if __name__ == "__main__":
    main()
