"""The way to root, if the login has one: it is root, or sudo lets it without a password, or with the one entered."""

from dataclasses import dataclass, field

import asyncssh

from virtadmin.servers.enrolment.failures import RunFailed
from virtadmin.servers.enrolment.login import Hello
from virtadmin.servers.enrolment.remote import run

WITHOUT_PASSWORD = "env LC_ALL=C sudo -n"  # noqa: S105 - a command
WITH_PASSWORD = 'env LC_ALL=C sudo -k -S -p ""'  # noqa: S105 - a command
NOT_A_SUDOER = ("not in the sudoers", "not allowed to", "may not run")


@dataclass(frozen=True)
class Way:
    """How the script is run. `prefix` is put before it; `given` is what sudo reads from its input."""

    is_root: bool
    prefix: str = ""
    given: str = field(default="", repr=False)
    terminal: bool = False
    """Whether sudo demands one (requiretty)."""
    note: str = ""
    """What people are told about it."""


async def find_way(
    connection: asyncssh.SSHClientConnection, hello: Hello, *, username: str, password: str, by_key: bool
) -> Way:
    """Find the way to root, or say what the lack of it means. Raises RunFailed if an entered password is wrong."""
    if hello.uid == 0:
        return Way(is_root=True, note="The login is root.")
    if not hello.has_sudo:
        return _unprivileged(username, "There is no sudo on the server.")
    terminal = False
    tried = await run(connection, f"{WITHOUT_PASSWORD} true")
    if "tty" in tried.errors:  # "sudo: sorry, you must have a tty to run sudo"
        terminal = True
        tried = await run(connection, f"{WITHOUT_PASSWORD} true", terminal=True)
    if tried.status == 0:
        return Way(
            is_root=True,
            prefix=WITHOUT_PASSWORD,
            terminal=terminal,
            note=f"{username} may use sudo without a password.",
        )
    if not password:
        return _unprivileged(username, "sudo asks for a password, and none was entered.")
    tried = await run(connection, f"{WITH_PASSWORD} true", given=f"{password}\n", terminal=terminal)
    if tried.status == 0:
        return Way(
            is_root=True,
            prefix=WITH_PASSWORD,
            given=f"{password}\n",
            terminal=terminal,
            note=f"{username} may use sudo with the password.",
        )
    if by_key and not any(words in tried.said for words in NOT_A_SUDOER):
        raise RunFailed(
            "sudo did not accept the password. Correct it, or leave it empty to install for this user alone."
        )
    return _unprivileged(username, f"{username} may not use sudo.")


def _unprivileged(username: str, why: str) -> Way:
    return Way(
        is_root=False,
        note=f"{why} So the probe is installed for {username} alone: it reads the same figures, but whoever takes over "
        "that account could change it. To install it for the whole server, give root or a user who may use sudo.",
    )
