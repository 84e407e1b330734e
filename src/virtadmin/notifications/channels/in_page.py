"""The message appears in the pages a person has open, over the live bus."""

from virtadmin.accounts.models import User
from virtadmin.core import bus
from virtadmin.notifications.channel import ChannelError, Message

TOPIC = "notifications"


class InPage:
    """Whoever has no page open finds the message in the inbox, where it is anyway."""

    name = "in_page"
    label = "In the page"
    help = "Appears at once in every page you have open, and stays in the inbox."
    flag: str | None = "pushed"

    def reaches(self, user: User) -> bool:
        return user.is_active

    def send(self, message: Message) -> None:
        if not bus.publish(TOPIC, {"user": message.recipient.pk, "id": message.id}):
            raise ChannelError("The live bus is away.", down=True)
