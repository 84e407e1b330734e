"""The machine the hub runs on, as a server that needs no SSH: a fresh install shows live data at once."""

import socket

from django.db import transaction

from virtadmin.accounts.models import User
from virtadmin.servers.events import server_enrolled
from virtadmin.servers.models import Server, ServerState

ADDRESS, PORT = "localhost", 0
"""How this machine is told from one reached by SSH at its loopback address."""


def this_machine_watch(*, owner: User) -> Server:
    """Make the server of this machine. Called at the very first start alone: who deletes it does not get it back."""
    with transaction.atomic():
        server = Server.objects.create(
            name=socket.gethostname(),
            ip_address=ADDRESS,
            port=PORT,
            username="",
            transport=Server.Transport.LOCAL,
            owner=owner,
            interval=10,
            enrolled=True,
        )
        ServerState.objects.create(server=server)
        server_enrolled.send(sender=Server, server=server, created=True)
    return server
