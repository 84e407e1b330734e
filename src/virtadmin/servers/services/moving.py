"""A watched server that is at another address now."""

from functools import partial

from django.db import IntegrityError

from virtadmin.accounts.acting import acting
from virtadmin.accounts.models import User
from virtadmin.core.errors import InvalidInput
from virtadmin.core.retrying import retried
from virtadmin.servers.addresses import FIELD, address_checked
from virtadmin.servers.checks import port_checked
from virtadmin.servers.models import Server, ServerState
from virtadmin.servers.rights import require_for, require_ssh
from virtadmin.servers.services.host_keys import host_keys_fetch
from virtadmin.servers.services.watched import refuse_while_run
from virtadmin.servers.watched import revised
from virtadmin.ssh.host_keys import pinned

ANOTHER = "What answers there holds none of this server's pinned keys, so it is another server."
TAKEN = "You watch a server at this address already."


def server_move(*, server: Server, actor: User, ip_address: str, port: int = 22) -> Server:
    """Ask it at another address from now on, if the host there proves to hold a key that is pinned. Takes up to 10 s.

    No login is needed: the probe and the hub's key are on it already. For those who may add servers, as often as they
    may look at host keys. Raises InvalidInput, NotAllowed, Conflict, TooOften, ConnectionFailure.
    """
    require_for(actor, "servers.change_server", server)
    require_ssh(server)
    address, port = address_checked(ip_address), port_checked(port)
    refuse_while_run(server)
    if Server.objects.filter(owner=server.owner, ip_address=address, port=port).exclude(pk=server.pk).exists():
        raise InvalidInput(FIELD, TAKEN)
    shown = host_keys_fetch(actor=actor, ip_address=address, port=port)
    if not {*shown} & {*pinned(server.host_keys)}:
        found = ", ".join(f"{key.fingerprint} ({key.algorithm})" for key in shown)
        raise InvalidInput(FIELD, f"{ANOTHER} It shows {found}.")
    server.ip_address, server.port = address, port
    try:
        with acting(actor):
            retried(partial(_write, server))
    except IntegrityError:
        raise InvalidInput(FIELD, TAKEN) from None
    return server


def _write(server: Server) -> None:
    server.save(update_fields=["ip_address", "port"])
    # No need to wait for the back-off's end; and what a poll under way finds at the old address counts no more.
    ServerState.objects.filter(server=server).update(**revised(ServerState(), "retry_at"))
