"""The `virtadmin` command: a thin door to the processes and to the services."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from virtadmin import __version__
from virtadmin.cli import hub, imports, servers, upkeep
from virtadmin.cli.service import service_become
from virtadmin.core.errors import VirtadminError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code."""
    options = _parser().parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "virtadmin.config.settings")
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        if options.config:
            service_become(options.config)
        return command(options)
    except (VirtadminError, OSError) as error:
        print(f"virtadmin: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("virtadmin", description="Watch servers over SSH.")
    parser.add_argument("--version", action="version", version=f"virtadmin {__version__}")
    parser.add_argument(
        "--config", type=Path, metavar="FOLDER",
        help="as the service that is set up there (/etc/virtadmin): with its settings, its secrets and as its user",
    )  # fmt: skip
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], help_text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help_text, description=help_text)
        added.set_defaults(command=run)
        return added

    up = command("up", hub.up, "start everything on this machine; Ctrl-C ends it")
    up.add_argument("--listen", metavar="HOST:PORT", help="default: VIRTADMIN_LISTEN, else 127.0.0.1:8000")
    setup = command("setup", hub.setup, "bring database and static files up to this version, make the first admin")
    setup.add_argument("--no-admin", action="store_true", help="make no admin: `virtadmin admin` does it")
    command("admin", hub.admin, "make the first admin; prints a generated password, once")
    command("static", hub.static, "collect the static files alone, for an image")
    command("web", hub.web, "serve pages and API alone")
    worker = command("worker", hub.worker, "do background tasks alone")
    worker.add_argument("--queues", default="default,collect,enrol,deliver", help="default: all (%(default)s)")
    worker.add_argument("--name", default="worker", help="tells it from other workers on this machine (%(default)s)")
    worker.add_argument("--this-machine", action="store_true", help="ask the server “this machine” too, as `up` does")
    command("beat", hub.beat, "keep the timetable alone; exactly one may run")
    command("chatbot", hub.chatbot, "answer in Telegram alone; needs TELEGRAM_TOKEN")

    enrol = command("enrol", servers.enrol, "add a server (Virtadmin must be running)")
    _add_login(enrol, "ADDRESS", "host name or IP address")
    enrol.add_argument("--port", type=int, default=22)
    enrol.add_argument("--name", default="", help="what to call it; default: its host name")
    enrol.add_argument(
        "--fingerprint", default="", metavar="SHA256:…", help="its host key, matched before anything is sent"
    )
    enrol.add_argument("--owner", help="whose server it is; default: the first admin")
    enrol.add_argument("--print", action="store_true", help="give no login: print a script to run there by hand")
    many = command("import", imports.import_, "add many servers from a list (Virtadmin must be running)")
    many.add_argument("file", metavar="FILE", help="lines, ~/.ssh/config, Ansible inventory or CSV; - reads the input")
    many.add_argument(
        "--format", default="", help="lines, ssh_config, ansible_ini, ansible_yaml, csv; default: found out"
    )
    many.add_argument("--user", default="root", help="the login of those the list names none for (default: root)")
    many.add_argument("--key", type=Path, metavar="FILE", help="its SSH private key; else a password is asked for")
    many.add_argument("--owner", help="whose servers they are; default: the first admin")
    many.add_argument("--trust", action="store_true", help="trust the host keys shown where the list names none")
    many.add_argument("--dry-run", action="store_true", help="only say what would be added, and what cannot be")
    verify = command("verify", servers.verify, "the printed script was run: verify and start watching")
    verify.add_argument("profile", type=int, metavar="NUMBER", help="the number `virtadmin enrol --print` named")
    unenrol = command("unenrol", servers.unenrol, "take everything of ours off a server and forget it")
    _add_login(unenrol, "SERVER", "its name, address or number")
    command("servers", servers.servers, "list the servers and their newest numbers")
    command("status", hub.status, "say whether the hub's parts are well; exit 1 if one is not")
    healthy = command("healthy", hub.healthy, "say whether one process of this machine lives, for health checks")
    healthy.add_argument("part", choices=("web", "worker", "beat", "chatbot"))
    healthy.add_argument("--name", default="worker", help="the worker's (%(default)s)")
    upkeep.commands_add(command)
    password = command("password", hub.password, "set a user's password; prints a generated one")
    password.add_argument("user")
    password.add_argument("--no-two-factor", action="store_true", help="switch their two-factor sign-in off as well")
    return parser


def _add_login(parser: argparse.ArgumentParser, subject: str, help_text: str) -> None:
    parser.add_argument("subject", metavar=subject, help=help_text)
    parser.add_argument("--user", default="root", help="a login there (default: root)")
    parser.add_argument("--key", type=Path, metavar="FILE", help="its SSH private key; else a password is asked for")
