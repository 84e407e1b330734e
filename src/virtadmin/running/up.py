"""`virtadmin up`: prepare, then keep web, worker, beat, the bot and the embedded Valkey running until told to stop."""

import socket
import sys
from functools import partial
from pathlib import Path

import django
from django.conf import settings

from virtadmin.config.files import environment_secret, private_folder, socket_path
from virtadmin.running import processes
from virtadmin.running.supervisor import Child, Supervisor

EVERYWHERE = ("", "0.0.0.0", "[::]", "::")  # nosec B104 # noqa: S104 - no binding
"""How a host is written that means every address of the machine; none is the loopback."""


def run_everything(*, folder: Path, bound: socket.socket, listen: str) -> int:
    """Serve on the bound socket until SIGINT or SIGTERM; the exit code."""
    django.setup()
    from virtadmin.running.prepare import prepare_hub  # needs Django to be set up

    given = environment_secret("VIRTADMIN_ADMIN_PASSWORD")
    password = prepare_hub(admin_password=given, this_machine=settings.WATCH_THIS_MACHINE)
    _preload()
    _say(f"Virtadmin is at {settings.PUBLIC_URL or local_address(listen)}/   (data: {folder})")
    if password is not None and not given:
        _say(f"Sign in as admin with the password {password}   (shown this once)")
    Supervisor(_children(folder, bound)).run()
    _say("Virtadmin has stopped.")
    return 0


def local_address(listen: str) -> str:
    """What a person on this machine opens for a hub that listens there: no browser goes to "every address". Pure."""
    host, _, port = listen.rpartition(":")
    return f"http://{'localhost' if host in EVERYWHERE else host}:{port}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _children(folder: Path, bound: socket.socket) -> list[Child]:
    children = [
        Child("web", partial(processes.run_web, bound)),
        Child("worker", partial(processes.run_worker, name="hub", this_machine=True)),
        Child("beat", processes.run_beat),
    ]
    if settings.TELEGRAM_TOKEN:
        children.append(Child("chatbot", processes.run_chatbot))
    path = socket_path(folder)
    if str(path) in settings.REDIS_URL or str(path) in settings.CELERY_BROKER_URL:
        private_folder(path.parent)  # before anybody asks whether something listens there
        ready = partial(processes.accepts, path)
        children.append(Child("valkey", partial(processes.run_valkey, path), stage=0, ready=ready))
    return children


def _preload() -> None:
    """Import once, before forking, what the children would each import: pages of memory they then share."""
    import celery.bin.celery  # noqa: F401
    import uvicorn  # noqa: F401

    import virtadmin.config.urls  # noqa: F401
    from virtadmin.config.celery import app

    app.loader.import_default_modules()
    if settings.TELEGRAM_TOKEN:
        import httpx  # noqa: F401
