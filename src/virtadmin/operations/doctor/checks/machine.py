"""The machine: Python and what is installed in it, the data folder and its disk, open files."""

import os
import platform
import re
import resource
import shutil
import stat
import tempfile
from importlib import metadata
from pathlib import Path

from django.conf import settings

from virtadmin import __version__
from virtadmin.operations.doctor.check import Asked, Check, Finding, fail, ok, warn
from virtadmin.servers.models import Server

MIB = 1024 * 1024
LEAST_FREE, LITTLE_FREE = 100 * MIB, 1024 * MIB
PRIVATE = ("secret_key", "secrets.key")
OWN_FILES = 200
"""Files a process has open without any server: libraries, sockets, pages."""


def python(asked: Asked) -> Finding:
    """Whether what the package says it needs is installed."""
    missing = []
    for line in metadata.requires("virtadmin") or []:
        found = re.match(r"[A-Za-z0-9._-]+", line)
        if found and "extra ==" not in line and not _installed(found[0]):
            missing.append(found[0])
    if missing:
        return fail(f"{', '.join(missing)} not installed", "install virtadmin again: `pip install --force-reinstall`")
    return ok(f"virtadmin {__version__}, Python {platform.python_version()}, Django {metadata.version('django')}")


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def folder(asked: Asked) -> Finding:
    """Whether the data folder can be written to, and only by us; its secrets too."""
    with tempfile.TemporaryFile(dir=settings.DATA):
        pass
    open_to_others = [path for path in (settings.DATA, *map(settings.DATA.joinpath, PRIVATE)) if _is_open(path)]
    if open_to_others:
        names = " ".join(map(str, open_to_others))
        return warn(f"others on this machine may read {names}", f"chmod go= {names}")
    return ok(f"{settings.DATA} is ours alone")


def _is_open(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def disk(asked: Asked) -> Finding:
    """How much is free where the data are."""
    return free_judge(shutil.disk_usage(settings.DATA).free)


def free_judge(free: int) -> Finding:
    """What so many free bytes mean. Pure."""
    said = f"{free / MIB:,.0f} MiB free on the disk of {settings.DATA}"
    if free < LEAST_FREE:
        return fail(said, "free some at once: nothing can be saved when it is full")
    return warn(said, "free some, or give the hub a larger disk") if free < LITTLE_FREE else ok(said)


def files(asked: Asked) -> Finding:
    """Whether one worker could hold the connections to all servers."""
    return files_judge(resource.getrlimit(resource.RLIMIT_NOFILE)[1], Server.objects.filter(enabled=True).count())


def files_judge(allowed: int, servers: int) -> Finding:
    """Whether so many open files do for so many servers. Pure."""
    if allowed == resource.RLIM_INFINITY or allowed >= servers + OWN_FILES:
        return ok(f"enough open files are allowed for {servers} servers")
    return fail(
        f"{allowed} open files are allowed, one worker may need {servers + OWN_FILES}",
        "raise LimitNOFILE (systemd) or nofile (ulimit, containers)",
    )


CHECKS = (
    Check("python", python),
    Check("data folder", folder, advice=f"it must belong to the user that runs the hub (now {os.getuid()})"),
    Check("disk", disk),
)
FILES = Check("open files", files, needs=("database",))
