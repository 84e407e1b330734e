"""Commands about watched servers: thin doors to the same services as the pages and the API."""

import argparse
import getpass
import sys
import time
from typing import Any

from virtadmin.cli.hub import load_django


def login_asked(options: argparse.Namespace) -> dict[str, Any]:
    """Username and secret as the services take them. Secrets never come by argument: a process list would show them."""
    if options.key:
        key = options.key.read_text()
        locked = "ENCRYPTED" in key or _is_locked_openssh_key(key)
        phrase = asked(f"Passphrase of {options.key}: ") if locked else ""
        return {"username": options.user, "ssh_key": key, "ssh_key_passphrase": phrase}
    return {"username": options.user, "password": asked(f"Password of {options.user}: ")}


def _is_locked_openssh_key(text: str) -> bool:
    from virtadmin.ssh.keys import needs_passphrase

    return needs_passphrase(text)


def asked(prompt: str) -> str:
    """What a person types (unseen, at a terminal), or the next line of the input."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def enrol(options: argparse.Namespace) -> int:
    """Add a server, printing its log as it comes."""
    load_django()
    from virtadmin.accounts.selectors import owner_by_name
    from virtadmin.servers import services

    about: dict[str, Any] = {"ip_address": options.subject, "port": options.port, "name": options.name}
    owner = owner_by_name(options.owner)
    if options.print:
        profile = services.profile_create(owner=owner, by_hand=True, **about)
        print(services.profile_script(profile=profile))
        print(f"# Afterwards, here: virtadmin verify {profile.pk}", file=sys.stderr)
        return 0
    about["host_key_fingerprint"] = options.fingerprint
    return _follow(services.profile_create(owner=owner, **about, **login_asked(options)))


def verify(options: argparse.Namespace) -> int:
    """Verify a server enrolled by hand."""
    load_django()
    from virtadmin.servers import services
    from virtadmin.servers.selectors import profile_by_number

    profile = profile_by_number(options.profile)
    services.profile_verify(profile=profile, actor=profile.owner)
    return _follow(profile)


def unenrol(options: argparse.Namespace) -> int:
    """Take a server away."""
    load_django()
    from virtadmin.servers import services
    from virtadmin.servers.selectors import server_by_word

    server = server_by_word(options.subject)
    return _follow(services.server_unenrol(server=server, actor=server.owner, **login_asked(options)))


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


def servers(options: argparse.Namespace) -> int:
    """List the servers."""
    load_django()
    from virtadmin.servers.models import Server

    row = "{:>5}  {:<24} {:<28} {:<8} {:>6} {:>6} {:>6}  {}"
    print(row.format("no.", "name", "address", "status", "cpu %", "ram %", "hdd %", "why"))
    for server in Server.objects.select_related("state"):
        state = server.state
        numbers = ("-" if n is None else f"{n:.1f}" for n in (state.cpu_usage, state.ram_usage, state.hdd_usage))
        address = f"{server.ip_address}:{server.port}" if server.port else server.ip_address
        print(row.format(server.pk, server.name, address, server.status, *numbers, state.status_reason))
    return 0
