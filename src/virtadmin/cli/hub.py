"""Commands about the hub itself. Django is imported only where a command needs it: the rest starts at once."""

import argparse
import fcntl
import os
import sys
from pathlib import Path
from typing import IO

DEFAULT_LISTEN = "127.0.0.1:8000"


def load_django() -> None:
    """Set Django up, with the settings as the environment says now."""
    import django

    django.setup()


def up(options: argparse.Namespace) -> int:
    """Start everything, until Ctrl-C."""
    from virtadmin.config.files import data_folder
    from virtadmin.running import processes

    listen = options.listen or os.environ.get("VIRTADMIN_LISTEN") or DEFAULT_LISTEN
    os.environ["VIRTADMIN_LISTEN"] = listen
    folder = data_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = only_one(folder / "up.lock")
        bound = processes.listening_socket(listen)
    except (OSError, ValueError) as error:
        print(f"virtadmin: cannot start at {listen}: {error}", file=sys.stderr)
        return 1
    from virtadmin.running.up import run_everything  # after the cheap checks: it loads Django

    with lock, bound:
        return run_everything(folder=folder, bound=bound, listen=listen)


def only_one(path: Path, advice: str = "") -> IO[str]:
    """The lock that each running hub holds on its data folder. Raises OSError where another process has it."""
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise OSError(f"Virtadmin is running already on the data folder {path.parent}. {advice}".strip(". ")) from None
    return lock


def setup(options: argparse.Namespace) -> int:
    """Prepare database and static files."""
    load_django()
    from virtadmin.config.files import environment_secret
    from virtadmin.running.prepare import prepare_hub

    given = environment_secret("VIRTADMIN_ADMIN_PASSWORD")
    _say_admin(prepare_hub(admin_password=given, admin=not options.no_admin), given=bool(given))
    return 0


def _say_admin(password: str | None, *, given: bool) -> None:
    if password is not None:
        print(f"Made the user admin with {'the password given' if given else f'the password {password}'}")


def admin(options: argparse.Namespace) -> int:
    """Make the first admin."""
    load_django()
    from virtadmin.accounts.services import first_admin_create
    from virtadmin.config.files import environment_secret

    given = environment_secret("VIRTADMIN_ADMIN_PASSWORD")
    password = first_admin_create(password=given)
    if password is None:
        print("virtadmin: there are users already; `virtadmin password NAME` sets a new password", file=sys.stderr)
        return 1
    _say_admin(password, given=bool(given))
    return 0


def static(options: argparse.Namespace) -> int:
    """Collect the static files."""
    load_django()
    from virtadmin.running.prepare import collect_static

    collect_static()
    return 0


def healthy(options: argparse.Namespace) -> int:
    """Say whether one process lives."""
    import redis

    from virtadmin.running.healthy import trouble_of

    try:
        trouble = trouble_of(options.part, options.name)
    except (OSError, redis.RedisError) as error:
        trouble = f"{type(error).__name__}: {error}"
    print(f"{options.part}: {trouble or 'well'}")
    return 1 if trouble else 0


def web(options: argparse.Namespace) -> int:
    """Serve pages and API."""
    from virtadmin.running import processes

    processes.run_web(processes.listening_socket(os.environ.get("VIRTADMIN_LISTEN") or DEFAULT_LISTEN))
    return 0


def worker(options: argparse.Namespace) -> int:
    """Do background tasks."""
    load_django()
    from virtadmin.running import processes

    processes.run_worker(options.queues, options.name, this_machine=options.this_machine)
    return 0


def beat(options: argparse.Namespace) -> int:
    """Keep the timetable."""
    load_django()
    from virtadmin.running import processes

    processes.run_beat()
    return 0


def chatbot(options: argparse.Namespace) -> int:
    """Answer in Telegram."""
    load_django()
    from virtadmin.running import processes

    processes.run_chatbot()
    return 0


def status(options: argparse.Namespace) -> int:
    """Print each part's health."""
    load_django()
    from virtadmin.collector.health import parts

    answers = list(parts())
    for name, trouble in answers:
        print(f"{name:<10} {trouble or 'well'}")
    return 1 if any(trouble for _, trouble in answers) else 0


def password(options: argparse.Namespace) -> int:
    """Set and print a user's password."""
    load_django()
    from virtadmin.accounts.models import User
    from virtadmin.accounts.services import user_set_password
    from virtadmin.accounts.two_factor import two_factor_forget

    try:
        print(user_set_password(username=options.user))
        if options.no_two_factor:
            two_factor_forget(username=options.user)
    except User.DoesNotExist:
        print(f"virtadmin: there is no user {options.user}", file=sys.stderr)
        return 1
    return 0
