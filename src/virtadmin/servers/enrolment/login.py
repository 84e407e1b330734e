"""The way in: a login that proved it can run commands."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncssh

from virtadmin.servers.enrolment.failures import RunFailed
from virtadmin.servers.enrolment.remote import Ran, run
from virtadmin.ssh.connection import open_connection
from virtadmin.ssh.host_keys import HostKey, pinned

HELLO = (
    'exec sh -c \'echo "@hello $(id -u)"; command -v sudo >/dev/null 2>&1 && echo @sudo; '
    'echo "@uname $(uname -a)"; '
    'for f in /etc/ssh/ssh_host_*_key.pub; do test -r "$f" && echo "@key $(cat "$f")"; done; exit 0\''
)
"""Asked in a form that sh, bash, fish and csh all hand to sh unchanged."""


class NoShell(RunFailed):
    """The login works, but it leads to nothing that runs a POSIX shell. `system` is what it says it is."""

    def __init__(self, system: str) -> None:
        super().__init__(
            f"The login works, but there is no POSIX shell behind it. It says: {system or 'nothing'}. "
            "Give a login with a shell; systems without one cannot be watched."
        )
        self.system = system


@dataclass(frozen=True)
class Credentials:
    """A login as it was entered."""

    username: str
    password: str = field(default="", repr=False)
    private_key: asyncssh.SSHKey | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Hello:
    """What a login found out about the host and itself."""

    uid: int
    has_sudo: bool
    system: str
    host_keys: list[HostKey]
    """The host's own list of its keys."""


@dataclass(frozen=True)
class Login:
    """An open connection and what is known of the other side."""

    connection: asyncssh.SSHClientConnection
    hello: Hello


async def log_in(address: str, port: int, host_keys: Sequence[HostKey], credentials: Credentials) -> Login:
    """Log in and look around. Raises ConnectionFailure, NoShell."""
    connection = await open_connection(
        address=address,
        port=port,
        username=credentials.username,
        host_keys=host_keys,
        private_key=credentials.private_key,
        password=credentials.password,
    )
    try:
        answer = await run(connection, HELLO)
        hello = hello_read(answer)
        if hello is None:
            raise NoShell(_introduction(connection.get_extra_info("server_version", ""), answer))
    except BaseException:
        connection.abort()
        raise
    return Login(connection, hello)


def hello_read(ran: Ran) -> Hello | None:
    """What HELLO answered; None if nothing ran it."""
    marked: dict[str, list[str]] = {}
    for line in ran.output.splitlines():
        word, _, rest = line.strip().partition(" ")
        marked.setdefault(word, []).append(rest)
    uid = marked.get("@hello", [""])[0]
    if not uid.isdigit():
        return None
    return Hello(int(uid), "@sudo" in marked, marked.get("@uname", [""])[0], pinned("\n".join(marked.get("@key", []))))


def _introduction(version: str, ran: Ran) -> str:
    first = next((line.strip() for line in ran.said.splitlines() if line.strip()), "")
    return f"{version}: {first}"[:300] if first else version
