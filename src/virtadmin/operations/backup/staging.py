"""Making a backup of an older version one of this version, as a process of its own.

Migrations know tables, not archives. So the old backup goes into an empty SQLite database that is as old as it is, that
is brought up to date, and a new backup is taken of it. Whatever database it is for is not touched meanwhile.
"""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from virtadmin.operations.backup.errors import BadBackup


def staged(path: Path, folder: Path) -> Path:
    """A backup of this version with what is in the older one at path, made in the folder. Raises BadBackup."""
    made = folder / "now.tar"
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{folder / 'then.sqlite3'}", "HISTORY_URL": ""}
    environment.pop("DATABASE_URL_FILE", None)
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(path.absolute()), str(made)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        last = (done.stderr.strip() or "?").splitlines()[-1]
        raise BadBackup(f"it is of an older version and cannot be brought up to date: {last}")
    return made


def main(old: Path, new: Path) -> None:
    """What that process does."""
    import django

    django.setup()
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    from virtadmin.operations import schema
    from virtadmin.operations.backup.archive import Archive
    from virtadmin.operations.backup.loading import archive_load
    from virtadmin.operations.backup.taking import backup_take

    with Archive(old) as archive:
        manifest = archive.verified(lambda size: None)
        goals = schema.targets(manifest.migrations)
        executor = MigrationExecutor(connections["default"])
        executor.migrate(goals)
        registry = MigrationExecutor(connections["default"]).loader.project_state(goals).apps
        archive_load(archive, manifest, registry, lambda table, rows: None)
    schema.migrate()
    backup_take(new, with_key=False, now=datetime.now().astimezone())


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "virtadmin.config.settings")
    main(*map(Path, sys.argv[1:]))
