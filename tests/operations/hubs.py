"""Hubs that do not run: a data folder, a database of some kind, and the `virtadmin` command on them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.running.hub import Hub
from virtadmin.operations.backup.archive import Archive

ROOT = Path(__file__).resolve().parents[2]
Rows = dict[str, list[list[Any]]]


class Place(Hub):
    """One of them. `redis` is where its Valkey would be."""

    def __init__(self, home: Path, redis: str, **environment: str) -> None:
        home.mkdir(exist_ok=True)
        super().__init__(home, REDIS_URL=redis, **environment)
        self.environment.setdefault("DJANGO_SETTINGS_MODULE", "virtadmin.config.settings")

    def run(self, *words: str, said: str = "") -> "subprocess.CompletedProcess[str]":
        """Run `virtadmin WORDS`; a busy machine takes its time to migrate from nothing."""
        command = [sys.executable, "-m", "virtadmin", *words]
        return subprocess.run(
            command, env=self.environment, input=said, capture_output=True, text=True, timeout=300, check=False
        )

    def does(self, *words: str) -> str:
        """What the command prints; it must succeed."""
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refuses(self, *words: str) -> str:
        """What it says for refusing, in one line."""
        done = self.run(*words)
        assert done.returncode == 1, done.stdout + done.stderr
        assert done.stderr.startswith("virtadmin: "), done.stderr
        assert done.stderr.count("\n") == 1, done.stderr
        return done.stderr

    def python(self, *words: str) -> str:
        """Run Python with its settings; what it prints."""
        done = subprocess.run(
            [sys.executable, *words], env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def says(self, script: str) -> str:
        """What a script with its models at hand prints."""
        return self.python("-c", f"import django; django.setup(); {script}").strip()


def rows(path: Path) -> Rows:
    """What is in a backup, in an order of its own."""
    with Archive(path) as archive:
        manifest = archive.verified(lambda size: None)
        return {name: sorted(archive.rows(content), key=repr) for name, content in manifest.tables.items()}
