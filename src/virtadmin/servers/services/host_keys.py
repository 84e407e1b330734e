"""Host keys, fetched over a connection of their own that carries no secret."""

import asyncio

from virtadmin.accounts.models import User
from virtadmin.core.errors import InvalidInput
from virtadmin.core.rates import rate_take
from virtadmin.servers.addresses import address_checked
from virtadmin.servers.checks import fingerprint_checked, port_checked
from virtadmin.servers.models import Server, ServerState
from virtadmin.servers.rights import require, require_for, require_ssh
from virtadmin.servers.watched import revised
from virtadmin.ssh.host_keys import HostKey, as_text, fetch_host_keys, pinned

SCANS_A_MINUTE = 30


def host_keys_fetch(*, actor: User, ip_address: str, port: int = 22) -> list[HostKey]:
    """The host's keys, the preferred first, for people to compare before they enter a secret.

    Takes up to 10 s; call it outside an event loop. For those who may add servers, 30 times a minute.
    Raises InvalidInput, NotAllowed, TooOften, ConnectionFailure.
    """
    require(actor, "servers.add_server")
    address, port = address_checked(ip_address), port_checked(port)
    rate_take("host-keys", actor.pk, a_minute=SCANS_A_MINUTE)
    return asyncio.run(fetch_host_keys(address, port))


def server_accept_host_key(*, server: Server, actor: User, fingerprint: str) -> Server:
    """Pin the host's new key, if it is the one with this fingerprint. Takes up to 5 s.

    Of the other keys only those pinned before stay: nobody has vouched for the rest.
    Raises InvalidInput, NotAllowed, Conflict, ConnectionFailure.
    """
    require_for(actor, "servers.change_server", server)
    require_ssh(server)
    wanted = fingerprint_checked(fingerprint, field="fingerprint", may_be_empty=False)
    shown = asyncio.run(fetch_host_keys(server.ip_address, server.port))
    if wanted not in [key.fingerprint for key in shown]:
        found = ", ".join(f"{key.fingerprint} ({key.algorithm})" for key in shown)
        raise InvalidInput("fingerprint", f"The server shows no such key. It shows {found}.")
    known = pinned(server.host_keys)
    server.host_keys = as_text(key for key in shown if key.fingerprint == wanted or key in known)
    server.save(update_fields=["host_keys"])
    # No need to wait for the back-off's end; and what a poll under way finds is not meant by the new key.
    ServerState.objects.filter(server=server).update(**revised(ServerState(), "retry_at"))
    return server
