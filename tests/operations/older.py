"""Takes a backup as a version before the newest migrations would have: `older FILE`."""

import os
import sys
from datetime import datetime
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "virtadmin.config.settings")
import django

django.setup()

from django.db import connection  # noqa: E402  # models can be imported only now
from django.db.migrations.executor import MigrationExecutor  # noqa: E402

from virtadmin.operations import schema  # noqa: E402
from virtadmin.operations.backup import taking  # noqa: E402

THEN = [("notifications", "0002_channels"), ("metrics", "0002_history_tiers"), ("core", "0001_initial")]
"""Before people got their default channels (a migration of data) and before websites had history (one of tables)."""


def main(path: Path) -> None:
    """A person without channels, and a point of history."""
    MigrationExecutor(connection).migrate([*THEN, *_others()])
    executor = MigrationExecutor(connection)
    goals = schema.targets({app: [n for a, n in executor.loader.applied_migrations if a == app] for app in _apps()})
    old = executor.loader.project_state(goals).apps
    old.get_model("accounts", "User").objects.create(username="old-timer", password="!")
    old.get_model("core", "Hub").objects.create(pk=1)
    old.get_model("metrics", "RawPoint").objects.create(subject=1, time=5, cpu_usage=12.5)
    taking.apps, taking.schema.pending = old, list  # type: ignore[assignment]
    taking.backup_take(path, with_key=True, now=datetime.now().astimezone())


def _apps() -> list[str]:
    return sorted({app for app, _ in MigrationExecutor(connection).loader.applied_migrations})


def _others() -> list[tuple[str, str]]:
    """The newest of the apps that need nothing newer."""
    graph = MigrationExecutor(connection).loader.graph
    return [(app, name) for app, name in graph.leaf_nodes() if app in ("accounts", "auth", "knox", "auditlog", "axes")]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
