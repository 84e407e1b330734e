"""The hub's own parts in a benchmark's process: its settings, a fresh database, a Valkey, servers in plenty."""

import multiprocessing
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from virtadmin.running.processes import accepts, run_valkey


def free_port() -> int:
    """A TCP port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def valkey(home: str) -> Iterator[int]:
    """A Valkey of its own where the settings of the data folder look for one; its process id."""
    path = Path(home, "run", "valkey.sock")
    server = multiprocessing.get_context("fork").Process(target=run_valkey, args=(path,))
    server.start()
    while not accepts(path):
        time.sleep(0.02)
    try:
        yield server.pid or 0
    finally:
        server.terminate()
        server.join()


@contextmanager
def prepared_hub(home: str) -> Iterator[None]:
    """Django with an empty database in the data folder, and one user. `DATABASE_URL` chooses another database."""
    os.environ.update({"VIRTADMIN_HOME": home, "DJANGO_SETTINGS_MODULE": "virtadmin.config.settings"})
    import django

    django.setup()
    from django.db import connections

    from virtadmin.running.prepare import prepare_hub

    prepare_hub(admin_password="not-for-signing-in")
    try:
        yield
    finally:
        connections.close_all()


def servers_make(count: int, describe: Callable[[int], dict[str, object]] = lambda number: {}) -> list[int]:
    """So many watched servers with their limits, `describe` giving the fields of each; their ids."""
    from virtadmin.accounts.models import User
    from virtadmin.alerting.models import Threshold
    from virtadmin.servers.models import Server, ServerState

    owner = User.objects.get()
    fields: dict[str, object] = {"owner": owner, "enrolled": True, "interval": 10}
    rows = [Server(**{"name": f"s{n}", "ip_address": f"192.0.2.{n}", **fields, **describe(n)}) for n in range(count)]
    Server.objects.bulk_create(rows, batch_size=500)
    ids = list(Server.objects.order_by("pk").values_list("pk", flat=True))[-count:]
    ServerState.objects.bulk_create([ServerState(server_id=pk) for pk in ids], batch_size=500)
    Threshold.objects.bulk_create([Threshold(server_id=pk) for pk in ids], batch_size=500)
    return ids
