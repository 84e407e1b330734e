"""Brings the database and the data folder up to this version; what every start does first."""

import hashlib
from importlib import metadata
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from virtadmin.accounts.models import User
from virtadmin.accounts.services import first_admin_create
from virtadmin.config.static import LEFT_OUT
from virtadmin.operations.schema import migrate
from virtadmin.servers.this_machine import this_machine_watch

STATIC_PACKAGES = ("django", "django-unfold", "djangorestframework", "drf-spectacular-sidecar")


def prepare_hub(*, admin_password: str = "", admin: bool = True, this_machine: bool = False) -> str | None:
    """Migrate the database, collect the static files, make the first admin and this machine's server, if wanted.

    Returns the admin's password when the admin was made now, else None. Idempotent; leaves no connection open.
    """
    migrate()
    collect_static()
    password = first_admin_create(password=admin_password) if admin else None
    if password is not None and this_machine:
        this_machine_watch(owner=User.objects.get())
    connections.close_all()
    return password


def collect_static() -> None:
    """Copy the static files to `STATIC_ROOT`, hashed and compressed, when they are not the ones already there."""
    mark = Path(settings.STATIC_ROOT) / ".collected"
    fingerprint = _static_fingerprint()
    if mark.exists() and mark.read_text() == fingerprint:
        return
    call_command(
        "collectstatic", interactive=False, verbosity=0, clear=True, ignore_patterns=LEFT_OUT, stdout=StringIO()
    )
    mark.write_text(fingerprint)


def _static_fingerprint() -> str:
    """A digest of our own static files' names, sizes and times, and of the packages that bring some."""
    digest = hashlib.sha256()
    for folder in sorted(Path(__file__).parents[1].glob("*/static")):
        for path in sorted(folder.rglob("*")):
            about = path.stat()
            digest.update(f"{path.relative_to(folder)} {about.st_size} {about.st_mtime_ns}\n".encode())
    for package in STATIC_PACKAGES:
        digest.update(f"{package} {metadata.version(package)}\n".encode())
    return digest.hexdigest()
