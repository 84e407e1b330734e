"""The `virtadmin` command: a thin door to the processes and to the services."""

import argparse
import fcntl
import getpass
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from virtadmin import __version__


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code."""
    options = _parser().parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "virtadmin.config.settings")
    command: Callable[[argparse.Namespace], int] = options.command
    return command(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("virtadmin", description="Watch servers over SSH.")
    parser.add_argument("--version", action="version", version=f"virtadmin {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], help_text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help_text, description=help_text)
        added.set_defaults(command=run)
        return added

    up = command("up", _up, "start everything on this machine; Ctrl-C ends it")
    up.add_argument("--listen", metavar="HOST:PORT", help="default: VIRTADMIN_LISTEN, else 127.0.0.1:8000")
    command("setup", _setup, "bring database and static files up to this version, make the first admin")
    command("web", _web, "serve pages and API alone")
    worker = command("worker", _worker, "do background tasks alone")
    worker.add_argument("--queues", default="default,collect,enrol,deliver", help="default: all (%(default)s)")
    command("beat", _beat, "keep the timetable alone; exactly one may run")

    enrol = command("enrol", _enrol, "add a server (Virtadmin must be running)")
    _add_login(enrol, "ADDRESS", "host name or IP address")
    enrol.add_argument("--port", type=int, default=22)
    enrol.add_argument("--name", default="", help="what to call it; default: its host name")
    enrol.add_argument("--fingerprint", default="", metavar="SHA256:…", help="its host key, matched before anything is sent")
    enrol.add_argument("--owner", help="whose server it is; default: the first admin")
    enrol.add_argument("--print", action="store_true", help="give no login: print a script to run there by hand")
    verify = command("verify", _verify, "the printed script was run: verify and start watching")
    verify.add_argument("profile", type=int, metavar="NUMBER", help="the number `virtadmin enrol --print` named")
    unenrol = command("unenrol", _unenrol, "take everything of ours off a server and forget it")
    _add_login(unenrol, "SERVER", "its name, address or number")
    command("servers", _servers, "list the servers and their newest numbers")
    command("status", _status, "say whether the hub's parts are well; exit 1 if one is not")
    password = command("password", _password, "set a user's password; prints a generated one")
    password.add_argument("user")
    return parser


def _add_login(parser: argparse.ArgumentParser, subject: str, help_text: str) -> None:
    parser.add_argument("subject", metavar=subject, help=help_text)
    parser.add_argument("--user", default="root", help="a login there (default: root)")
    parser.add_argument("--key", type=Path, metavar="FILE", help="its SSH private key; else a password is asked for")


def _django() -> None:
    import django  # not before the settings' environment is complete

    django.setup()


# --- processes --------------------------------------------------------------------------------------------------


def _up(options: argparse.Namespace) -> int:
    from virtadmin import processes
    from virtadmin.config.files import data_folder

    listen = options.listen or os.environ.get("VIRTADMIN_LISTEN") or "127.0.0.1:8000"
    os.environ["VIRTADMIN_LISTEN"] = listen
    folder = data_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _only_one(folder / "up.lock")
        bound = processes.listening_socket(listen)
    except (OSError, ValueError) as error:
        print(f"virtadmin: cannot start at {listen}: {error}", file=sys.stderr)
        return 1
    from virtadmin.startup import run_everything  # after the cheap checks: it loads Django

    with lock, bound:
        return run_everything(folder=folder, bound=bound, listen=listen)


def _only_one(path: Path) -> IO[str]:
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise OSError(f"Virtadmin is running already on the data folder {path.parent}") from None
    return lock


def _setup(options: argparse.Namespace) -> int:
    _django()
    from virtadmin.setup import prepare

    password = prepare(admin_password=os.environ.get("VIRTADMIN_ADMIN_PASSWORD", ""))
    if password is not None:
        print(f"Made the user admin with password {password}")
    return 0


def _web(options: argparse.Namespace) -> int:
    from virtadmin import processes

    processes.run_web(processes.listening_socket(os.environ.get("VIRTADMIN_LISTEN") or "127.0.0.1:8000"))
    return 0


def _worker(options: argparse.Namespace) -> int:
    _django()
    from virtadmin import processes

    processes.run_worker(options.queues)
    return 0


def _beat(options: argparse.Namespace) -> int:
    _django()
    from virtadmin import processes
    from virtadmin.config.files import data_folder

    processes.run_beat(data_folder() / "beat-schedule")
    return 0


# --- servers ----------------------------------------------------------------------------------------------------


def _login(options: argparse.Namespace) -> dict[str, str]:
    """Username and secret as the services take them. Secrets never come by argument: a process list would show them."""
    if options.key:
        key = options.key.read_text()
        locked = "ENCRYPTED" in key or _is_locked_openssh_key(key)
        phrase = _ask(f"Passphrase of {options.key}: ") if locked else ""
        return {"username": options.user, "ssh_key": key, "ssh_key_passphrase": phrase}
    return {"username": options.user, "password": _ask(f"Password of {options.user}: ")}


def _is_locked_openssh_key(text: str) -> bool:
    from virtadmin.ssh.keys import needs_passphrase

    return needs_passphrase(text)


def _ask(prompt: str) -> str:
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _enrol(options: argparse.Namespace) -> int:
    _django()
    from virtadmin.accounts.selectors import owner_by_name
    from virtadmin.servers import services

    about = {"ip_address": options.subject, "port": options.port, "name": options.name}
    owner = owner_by_name(options.owner)
    if options.print:
        profile = services.profile_create(owner=owner, by_hand=True, **about)
        print(services.profile_script(profile=profile))
        print(f"# Afterwards, here: virtadmin verify {profile.pk}", file=sys.stderr)
        return 0
    about["host_key_fingerprint"] = options.fingerprint
    return _follow(services.profile_create(owner=owner, **about, **_login(options)))


def _verify(options: argparse.Namespace) -> int:
    _django()
    from virtadmin.servers import services
    from virtadmin.servers.models import InitialServerProfile

    profile = InitialServerProfile.objects.get(pk=options.profile)
    services.profile_verify(profile=profile)
    return _follow(profile)


def _unenrol(options: argparse.Namespace) -> int:
    _django()
    from virtadmin.servers import services
    from virtadmin.servers.selectors import server_by_word

    server = server_by_word(options.subject)
    return _follow(services.server_unenrol(server=server, actor=server.owner, **_login(options)))


def _follow(profile: Any) -> int:
    """Print the run's log as it grows; 0 when it succeeded."""
    shown = 0
    while True:
        profile.refresh_from_db()
        print(profile.log[shown:], end="", flush=True)
        shown = len(profile.log)
        if profile.status in ("succeeded", "failed"):
            return 0 if profile.status == "succeeded" else 1
        time.sleep(0.3)


def _servers(options: argparse.Namespace) -> int:
    _django()
    from virtadmin.servers.models import Server

    row = "{:>5}  {:<24} {:<28} {:<8} {:>6} {:>6} {:>6}  {}"
    print(row.format("no.", "name", "address", "status", "cpu %", "ram %", "hdd %", "why"))
    for server in Server.objects.select_related("state"):
        state = server.state
        numbers = ("-" if n is None else f"{n:.1f}" for n in (state.cpu_usage, state.ram_usage, state.hdd_usage))
        address = f"{server.ip_address}:{server.port}" if server.port else server.ip_address
        print(row.format(server.pk, server.name, address, server.status, *numbers, state.status_reason))
    return 0


def _status(options: argparse.Namespace) -> int:
    _django()
    from virtadmin.collector.health import parts

    answers = list(parts())
    for name, trouble in answers:
        print(f"{name:<10} {trouble or 'well'}")
    return 1 if any(trouble for _, trouble in answers) else 0


def _password(options: argparse.Namespace) -> int:
    _django()
    from virtadmin.accounts.models import User
    from virtadmin.accounts.services import user_set_password

    try:
        print(user_set_password(username=options.user))
    except User.DoesNotExist:
        print(f"virtadmin: there is no user {options.user}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
