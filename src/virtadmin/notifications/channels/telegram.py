"""The message in a Telegram chat that the person linked, with buttons under alerts."""

from typing import Any

from django.conf import settings

from virtadmin.accounts.models import User
from virtadmin.core.http import HttpFailure
from virtadmin.notifications.channel import ChannelError, Message, ToChat
from virtadmin.notifications.chat_buttons import buttons
from virtadmin.notifications.models import BotUserLink, UserChannel
from virtadmin.notifications.telegram.api import FORBIDDEN, TOO_MANY, BotError, bot
from virtadmin.notifications.telegram.text import cut, entity, keyboard

OVER = ("chat not found", "chat was deactivated", "chat was deleted", "peer_id_invalid", "user_deactivated",
        "not enough rights", "have no rights", "chat_write_forbidden")  # fmt: skip
"""In the description of a 400: this chat will take no more messages."""


class Telegram(ToChat):
    """A chat with the hub's bot, or a group it is in."""

    name = "telegram"
    label = "Telegram"
    help = "Writes to your chat with this hub's bot, with buttons to acknowledge and silence; link the chat first."

    def available(self, user: User) -> str:
        return "" if settings.TELEGRAM_TOKEN else "This hub has no Telegram bot: TELEGRAM_TOKEN is not set."

    def address(self, row: UserChannel) -> str:
        link = getattr(row, "link", None)
        return link.title or link.conversation if link else "no chat is linked"

    def reaches(self, row: UserChannel) -> bool:
        return bool(settings.TELEGRAM_TOKEN and row.user.is_active and getattr(row, "link", None))

    def send(self, message: Message, to: UserChannel) -> str:
        link: BotUserLink = to.link
        content = compose(message)
        try:
            return _sent(link, content)
        except BotError as error:
            if not error.migrate_to:
                raise failure(error) from None
            _follow(link, error.migrate_to)
        try:
            return _sent(link, content)
        except BotError as error:
            raise failure(error) from None


def compose(message: Message) -> dict[str, Any]:
    """What `sendMessage` takes, but for the chat."""
    content: dict[str, Any] = {
        "text": cut(f"{message.title}\n\n{message.text}".strip()),
        "entities": [entity("bold", message.title)],
        "link_preview_options": {"is_disabled": True},
    }
    if row := buttons(message):
        content["reply_markup"] = keyboard([row])
    if message.level == "info":
        content["disable_notification"] = True
    return content


def failure(error: BotError) -> ChannelError:
    """What Telegram's refusal means for the message and for the channel."""
    said = error.message
    if error.is_token:
        return ChannelError("Telegram refuses the hub's bot: TELEGRAM_TOKEN is wrong or was revoked.", permanent=True)
    if error.code == FORBIDDEN or (error.code == 400 and any(words in said.lower() for words in OVER)):
        return ChannelError(said, gone=True)
    if error.code == TOO_MANY:
        return ChannelError(said, retry_after=error.retry_after or 1.0)
    if 400 <= error.code < 500:
        return ChannelError(said, permanent=True)
    return ChannelError(said, down=True)


def _follow(link: BotUserLink, to: str) -> None:
    """The group became a supergroup; its old id is over for good."""
    if BotUserLink.objects.filter(platform=link.platform, conversation=to).exists():
        raise ChannelError("This group became another, which is linked by itself.", gone=True)
    link.conversation = to
    BotUserLink.objects.filter(pk=link.pk).update(conversation=to)


def _sent(link: BotUserLink, content: dict[str, Any]) -> str:
    try:
        sent = bot().call("sendMessage", chat_id=link.conversation, **content)
    except HttpFailure as error:
        raise ChannelError(error.message, down=True) from None
    number = sent.get("message_id") if isinstance(sent, dict) else None
    return f"Telegram took it as message {number}."
