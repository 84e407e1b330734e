"""One SSH connection, opened with nothing of the hub user's own: no configuration, no agent, no keys of theirs."""

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

import asyncssh

from virtadmin.ssh.algorithms import CIPHERS, KEX, MACS
from virtadmin.ssh.failures import CHANGED, named_failure
from virtadmin.ssh.host_keys import HostKey, signature_algorithms
from virtadmin.ssh.kexinit import CLIENT_VERSION
from virtadmin.ssh.quiet import quieten
from virtadmin.ssh.sockets import open_socket
from virtadmin.ssh.stages import ConnectionFailure, Stage

CONNECT_SECONDS = 5.0
LOGIN_SECONDS = 10.0

quieten()


async def open_connection(
    *,
    address: str,
    port: int,
    username: str,
    host_keys: Sequence[HostKey],
    private_key: asyncssh.SSHKey | None = None,
    password: str = "",
) -> asyncssh.SSHClientConnection:
    """Log in with the key, then the password (also where it is asked for interactively), to a host with these keys.

    Reaching the server takes 5 s at most, the login 10 s more. Raises ConnectionFailure.
    """
    if not host_keys:
        raise ConnectionFailure(Stage.HOST_KEY_CHANGED, "No host key of this server is pinned.")
    connected = await open_socket(address, port, timeout=CONNECT_SECONDS)
    try:
        return await _log_in(connected, _options(username, host_keys, private_key, password))
    except (OSError, asyncssh.Error) as error:  # TimeoutError is an OSError
        connected.close()
        raise named_failure(error, username=username) from None
    except BaseException:
        connected.close()
        raise


async def _log_in(connected: socket.socket, options: dict[str, Any]) -> asyncssh.SSHClientConnection:
    async with asyncio.timeout(LOGIN_SECONDS):
        return await asyncssh.connect(sock=connected, config=None, **options)


def _options(
    username: str, host_keys: Sequence[HostKey], private_key: asyncssh.SSHKey | None, password: str
) -> dict[str, Any]:
    algorithms = signature_algorithms(host_keys)
    if not algorithms:
        raise ConnectionFailure(Stage.HOST_KEY_CHANGED, CHANGED)
    return {
        "username": username,
        "client_keys": [private_key] if private_key else None,
        "password": password or None,
        "agent_path": None,
        "known_hosts": ([key.load() for key in host_keys], [], []),
        "server_host_key_algs": algorithms,
        "x509_trusted_certs": None,
        "kex_algs": KEX,
        "encryption_algs": CIPHERS,
        "mac_algs": MACS,
        "compression_algs": None,
        "gss_host": None,
        "preferred_auth": ("publickey", "password", "keyboard-interactive"),
        "client_version": CLIENT_VERSION,
        "keepalive_interval": 30,
        "keepalive_count_max": 2,
        "login_timeout": 0,  # our own timeout counts; asyncssh's would keep a second timer per connection
    }
