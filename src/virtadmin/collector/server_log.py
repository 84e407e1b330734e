"""The channel "the server's own log": whoever looks after the machine itself sees there what its hub told its owner."""

from collections.abc import Mapping
from typing import Any

from virtadmin.accounts.models import User
from virtadmin.collector.log_lines import NotWritten, line_send
from virtadmin.notifications.channel import ChannelError, Message, Unasked
from virtadmin.notifications.models import Notification, UserChannel
from virtadmin.notifications.templatetags.messages_text import heaviest
from virtadmin.servers.models import Server, ServerState

PLACES = {"journal": "its journal", "syslog": "its syslog"}


class ServerLog(Unasked):
    """One line a message, for the owner's own servers; the probe takes ten a minute, what is more is tried again."""

    name = "server_log"
    label = "The server's own log"
    help = "Writes one line into the log of the server it is about; for your own servers, as long as they answer."

    def address(self, row: UserChannel) -> str:
        return "the server a message is about"

    def takes(self, meta: Mapping[str, Any], *, by_owner: bool) -> bool:
        """Only what is about a server, for its owner alone, and not that it cannot be asked."""
        unreachable = bool(meta.get("stage")) and meta.get("level") != Notification.Level.RECOVERY
        return by_owner and bool(meta.get("server")) and not unreachable

    def send(self, message: Message, to: UserChannel) -> str:
        server = self._server(message, to.user)
        if server.state.status == ServerState.Status.DOWN:
            raise ChannelError(f"{server.name} cannot be asked just now.", permanent=True)
        try:
            where = line_send(server_id=server.pk, text=line(message), mark=message.uid.hex)
        except NotWritten as error:
            raise ChannelError(error.message, down=error.hub) from None
        return f"{server.name} wrote it to {PLACES.get(where, where)}."

    def _server(self, message: Message, user: User) -> Server:
        """The server it is about; for a message about none, such as a trial, one of the person's that answers."""
        mine = Server.objects.filter(owner=user, enabled=True, enrolled=True, state__isnull=False)
        mine = mine.select_related("state").defer("private_key")
        if server_id := message.meta.get("server"):
            server = mine.filter(pk=server_id).first()
            if server is None:
                raise ChannelError("The server is not watched any more, or not yours.", permanent=True)
            return server
        server = mine.filter(state__status=ServerState.Status.UP).order_by("name", "pk").first()
        if server is None:
            raise ChannelError("You have no server of your own that answers just now.", permanent=True)
        return server


SAID = {"CRITICAL": "Critical: ", "RECOVERY": "Recovered: "}
"""How a title may begin whose level is said already."""


def line(message: Message) -> str:
    """The message in a line: how bad it is, what it is about, and the processes that explain it."""
    level = message.level.upper()
    told = f"{level}: {message.title.removeprefix(SAID.get(level, ''))}"
    processes = message.meta.get("processes")
    return f"{told}. Heaviest now: {heaviest(processes, message.meta.get('metric', ''))}" if processes else told
