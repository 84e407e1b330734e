"""Host keys: fetched before any secret is sent, shown as fingerprints, pinned as text."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import asyncssh

from virtadmin.ssh.algorithms import HOST_KEYS, KEX
from virtadmin.ssh.failures import named_failure
from virtadmin.ssh.kexinit import CLIENT_VERSION, host_key_algorithms
from virtadmin.ssh.sockets import open_socket
from virtadmin.ssh.stages import ConnectionFailure, Stage

FETCH_SECONDS = 10.0
CONNECT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class HostKey:
    """A public key of a host. `public` is "type base64", OpenSSH's format without a comment."""

    public: str

    @property
    def algorithm(self) -> str:
        """The key's type, such as ssh-ed25519."""
        return self.public.split()[0]

    @property
    def fingerprint(self) -> str:
        """SHA256:…, as `ssh-keygen -lf` prints it."""
        return self.load().get_fingerprint("sha256")

    def load(self) -> asyncssh.SSHKey:
        """The key itself."""
        return asyncssh.import_public_key(self.public)


def pinned(text: str) -> list[HostKey]:
    """The host keys of a text with one a line; what no key can be read from is left out."""
    found = []
    for line in text.splitlines():
        try:
            found.append(host_key(asyncssh.import_public_key(line)))
        except asyncssh.KeyImportError:
            continue
    return found


def host_key(key: asyncssh.SSHKey) -> HostKey:
    """The key as text, without its comment."""
    return HostKey(" ".join(key.export_public_key("openssh").decode().split()[:2]))


def as_text(keys: Iterable[HostKey]) -> str:
    """The keys one a line, as they are stored."""
    return "\n".join(key.public for key in keys)


def signature_algorithms(keys: Sequence[HostKey]) -> list[str]:
    """The algorithms to negotiate so that only these keys can be presented."""
    return [name for kind, names in HOST_KEYS.items() if any(key.algorithm == kind for key in keys) for name in names]


async def fetch_host_keys(address: str, port: int, *, timeout: float = FETCH_SECONDS) -> list[HostKey]:
    """All of the host's keys, the preferred type first; each has proved that it holds the private half.

    Nothing secret is sent. Raises ConnectionFailure.
    """
    try:
        async with asyncio.timeout(timeout):
            offered = await host_key_algorithms(await open_socket(address, port, timeout=CONNECT_SECONDS))
            wanted = [names for names in HOST_KEYS.values() if set(names) & set(offered)]
            results = await asyncio.gather(*(_fetch(address, port, names) for names in wanted), return_exceptions=True)
    except TimeoutError:
        raise ConnectionFailure(Stage.TIMEOUT, f"No host key within {timeout:g} seconds.") from None
    if not results:
        raise ConnectionFailure(
            Stage.UNREACHABLE,
            f"The server has no host key of a type the hub accepts; it offers {', '.join(offered)[:200]}.",
            "Make it an ed25519 host key: ssh-keygen -A, then restart sshd.",
        )
    found = [result for result in results if isinstance(result, HostKey)]
    if not found:
        raise next(result for result in results if isinstance(result, BaseException))
    return found


async def _fetch(address: str, port: int, algorithms: Sequence[str]) -> HostKey:
    connected = await open_socket(address, port, timeout=CONNECT_SECONDS)
    try:
        key = await asyncssh.get_server_host_key(
            sock=connected,
            config=None,
            kex_algs=KEX,
            server_host_key_algs=algorithms,
            client_version=CLIENT_VERSION,
        )
    except (OSError, asyncssh.Error) as error:
        raise named_failure(error) from None
    finally:
        connected.close()
    return host_key(cast("asyncssh.SSHKey", key))  # None only after a GSS key exchange, which is not offered
