"""The message appears in the pages a person has open, over the live bus."""

from virtadmin.core import bus
from virtadmin.notifications.channel import ChannelError, Message, Unasked
from virtadmin.notifications.models import UserChannel

TOPIC = "notifications"


class InPage(Unasked):
    """Whoever has no page open finds the message in the inbox, where it is anyway."""

    name = "in_page"
    label = "In the page"
    help = "Appears at once in every page you have open, and stays in the inbox."
    flag: str | None = "pushed"

    def address(self, row: UserChannel) -> str:
        return "the pages you have open"

    def send(self, message: Message, to: UserChannel) -> str:
        if not bus.publish(TOPIC, {"user": to.user_id, "id": message.id}):
            raise ChannelError("The live bus is away.", down=True)
        return "Told to the pages you have open."
