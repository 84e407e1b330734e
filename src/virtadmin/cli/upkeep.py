"""Commands that keep the hub itself well. Django is imported only where a command needs it."""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from virtadmin.cli.hub import load_django, only_one

if TYPE_CHECKING:
    from virtadmin.operations.backup.manifest import Manifest
    from virtadmin.operations.backup.restoring import Restored


def backup(options: argparse.Namespace) -> int:
    """Write everything into one file."""
    load_django()
    from django.conf import settings

    from virtadmin.operations.backup.taking import backup_take

    now = datetime.now().astimezone()
    path = options.file
    if path is None:
        folder: Path = settings.DATA / "backups"
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"virtadmin-{now:%Y-%m-%d-%H%M%S}.tar"
    progress = Progress()
    manifest = backup_take(path, with_key=options.with_key, now=now, progress=progress)
    progress.end()
    if str(path) == "-":
        return 0
    print(path)
    if sys.stdout.isatty():
        print(_in_words(manifest))
    return 0


def _in_words(manifest: "Manifest") -> str:
    counts = (("users", "accounts_user"), ("servers", "servers_server"), ("websites", "websites_url"))
    held = ", ".join(f"{manifest.rows(table):,} {what}" for what, table in counts)
    key = " ".join(manifest.keys)
    lines = [f"It holds {held}, all settings, messages and the log of changes; nobody's session."]
    if manifest.history == "database":
        lines.append(f"History: {manifest.rows('metrics_rawpoint') + manifest.rows('metrics_rolledpoint'):,} points.")
    else:
        lines.append(f"The history is NOT in it: {manifest.history} has that; use its own tools (vmbackup).")
    if manifest.key_file:
        lines.append(f"The key of the stored secrets ({key}) is in it: whoever has this file can read them. Guard it.")
    else:
        lines.append(f"The key of the stored secrets ({key}) is NOT in it. Keep secrets.key elsewhere too, or take it")
        lines.append("along with --with-key: without it servers must be enrolled again after a restore.")
    return "\n".join(lines)


def restore(options: argparse.Namespace) -> int:
    """Put a backup into this hub."""
    from virtadmin.config.files import data_folder

    folder = data_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with closing(only_one(folder / "up.lock", "Stop it first: a restore under a running hub would mix the two.")):
        load_django()
        from virtadmin.operations.backup.restoring import backup_restore

        progress = Progress()
        with _as_file(options.file, folder) as path:
            try:
                done = backup_restore(
                    path,
                    replace=options.replace,
                    without_key=options.without_key,
                    force=options.force,
                    now=datetime.now().astimezone(),
                    progress=progress,
                )
            finally:
                progress.end()
    print(_next_steps(done))
    return 0


@contextmanager
def _as_file(path: Path, folder: Path) -> Iterator[Path]:
    """The backup at path; of the standard input, a copy in the folder, as it is read more than once."""
    if str(path) != "-":
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="restoring-", suffix=".tar", dir=folder) as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.flush()
        yield Path(copy.name)


def _next_steps(done: "Restored") -> str:
    manifest = done.manifest
    lines = [f"Restored: {manifest.hub_name} as of {manifest.taken:%Y-%m-%d %H:%M %Z} ({manifest.database})."]
    if done.migrated:
        lines.append(f"It was taken by Virtadmin {manifest.version} and is up to date now.")
    if manifest.history != "database":
        lines.append(f"The history was in {manifest.history}, not in the backup: restore it there, set HISTORY_URL.")
    if not done.readable:
        lines.append("Its stored secrets cannot be read: enrol each server again, enter the passwords of websites and")
        lines.append("channels again.")
    if done.kept_key:
        lines.append(f"The key that was here before is in {done.kept_key}.")
    lines.append("See to it that the old hub runs no more: both would ask the same servers and tell the same people.")
    lines.append("Then start this one, and run `virtadmin doctor`. Everybody has to sign in again.")
    return "\n".join(lines)


def doctor(options: argparse.Namespace) -> int:
    """Look at everything."""
    load_django()
    from virtadmin.operations.doctor.check import Asked, State, examined
    from virtadmin.operations.doctor.registry import CHECKS

    found = []
    for check, finding in examined(iter(CHECKS), Asked(mail=options.mail)):
        found.append({"name": check.name, **asdict(finding)})
        if not options.json:
            advice = f"  →  {finding.advice}" if finding.advice else ""
            print(f"{finding.state:<5} {check.name:<16} {finding.said}{advice}", flush=True)
    failed = any(one["state"] == State.FAIL for one in found)
    if options.json:
        print(json.dumps({"ok": not failed, "checks": found}, indent=2))
    else:
        print(f"\n{_summary([str(one['name']) for one in found if one['state'] == State.FAIL])}")
    return 1 if failed else 0


def _summary(failed: list[str]) -> str:
    if not failed:
        return "Nothing fails."
    first = f" Begin with {failed[0]}: the others may only follow from it." if failed[1:] else ""
    return f"{len(failed)} fail{'' if failed[1:] else 's'}: {', '.join(failed)}.{first}"


def rotate_key(options: argparse.Namespace) -> int:
    """Give the stored secrets a new key."""
    load_django()
    from virtadmin.operations.rotation import key_rotate

    progress = Progress()
    try:
        done = key_rotate(progress=progress)
    finally:
        progress.end()
    if done.unreadable:
        print(
            f"{done.unreadable} of {done.total} stored secrets are of a key that is not here; run `virtadmin doctor`."
        )
        return 1
    print(f"All {done.total} stored secrets are by the key {done.new} now.")
    if done.by_hand:
        print(f"Take {' '.join(done.old)} out of SECRETS_KEY and start every process of the hub again.")
    print(f"Backups taken before need the old key ({' '.join(done.old)}): take a new one now.")
    return 0


class Progress:
    """Says on a terminal what is being done; elsewhere nothing."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._what, self._count = "", 0

    def __call__(self, what: str, count: int) -> None:
        """So many more rows (or bytes, while checking)."""
        self._count = count if what != self._what else self._count + count
        self._what = what
        self._say(f"{what}: {self._count:,}")

    def end(self) -> None:
        """Leave a clean line."""
        self._say("")

    def _say(self, text: str) -> None:
        if self._shown:
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()


Command = Callable[..., argparse.ArgumentParser]


def commands_add(command: Command) -> None:
    """Make these commands known to the parser."""
    taking = command("backup", backup, "write everything the hub holds into one file; the hub may run meanwhile")
    taking.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="- is the standard output; default: in the data folder",
    )
    taking.add_argument(
        "--with-key", action="store_true", help="with the key of the stored secrets: whoever has the file can read them"
    )
    restoring = command("restore", restore, "put a backup into this hub, which must not run, whatever its database")
    restoring.add_argument("file", type=Path, metavar="FILE", help="- is the standard input")
    restoring.add_argument("--replace", action="store_true", help="delete all that this hub has now")
    restoring.add_argument(
        "--without-key",
        action="store_true",
        help="the key is lost: restore anyway; servers must be enrolled again",
    )
    restoring.add_argument(
        "--force", action="store_true", help="although processes of this hub seem to run: you know that none does"
    )
    looking = command("doctor", doctor, "look at everything the hub stands on, say what to do; exit 1 if a part fails")
    looking.add_argument("--json", action="store_true", help="for programs")
    looking.add_argument("--mail", default="", metavar="ADDRESS", help="send a real email there, too")
    command("rotate-key", rotate_key, "give the stored secrets a new key, while the hub runs; run again, it goes on")
