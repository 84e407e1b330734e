"""The message in a Messenger conversation that the person linked. It is open for 24 hours after they last wrote."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from virtadmin.accounts.models import User
from virtadmin.core.http import HttpFailure
from virtadmin.notifications.channel import ChannelError, Message, ToChat
from virtadmin.notifications.chat_buttons import buttons
from virtadmin.notifications.messenger.api import TEMPLATE_TEXT_MAX, TEXT_MAX, GraphError, is_set_up, page
from virtadmin.notifications.models import BotUserLink, UserChannel

WINDOW = timedelta(hours=24)
"""https://developers.facebook.com/docs/messenger-platform/policy: how long a page may write after a person did."""
PERMISSION = 10
OUTSIDE = (2018278, 2018065)
"""Subcodes of 10: outside the window."""
UNAVAILABLE, NO_USER = 551, 2018001
RATES = (4, 32, 613, 80006)
TOKEN = (190, 102, 463, 467, 200, 3, PERMISSION)
SEND_FAILED = 1200
TEMPORARY = (1, 2, SEND_FAILED)
RATE_PAUSE = 60.0
"""Seconds to wait where a limit was met and no time was said."""


class Messenger(ToChat):
    """A conversation with the hub's Facebook page."""

    name = "messenger"
    label = "Messenger"
    help = "Writes to you as this hub's Facebook page, for 24 hours after you last wrote to it; link the chat first."

    def available(self, user: User) -> str:
        return "" if is_set_up() else "This hub has no Facebook page: the MESSENGER settings are not complete."

    def address(self, row: UserChannel) -> str:
        link = getattr(row, "link", None)
        if link is None:
            return "no conversation is linked"
        until = closes(link)
        now = timezone.now()
        shown = until.astimezone(row.user.zone).strftime("%-d %b %H:%M") if until else ""
        state = f"open until {shown}" if until and until > now else "closed until you write there again"
        return f"{link.title or 'your conversation'}, {state}"

    def reaches(self, row: UserChannel) -> bool:
        return bool(settings.MESSENGER_PAGE_TOKEN and row.user.is_active and getattr(row, "link", None))

    def send(self, message: Message, to: UserChannel) -> str:
        link: BotUserLink = to.link
        until = closes(link)
        if until is None or until <= timezone.now():
            raise ChannelError(_closed(until, to.user), permanent=True)
        try:
            number = page().send(link.conversation, compose(message))
        except GraphError as error:
            raise failure(error) from None
        except HttpFailure as error:
            raise ChannelError(error.message, down=True) from None
        return f"Messenger took it as message {number}."


def closes(link: BotUserLink) -> datetime | None:
    """Until when the page may write to the conversation; None if the person never wrote."""
    return link.heard + WINDOW if link.heard else None


def compose(message: Message) -> dict[str, Any]:
    """What the Send API takes as `message`: a button template, or text with quick replies where that is too small."""
    return with_buttons(f"{message.title}\n\n{message.text}".strip(), buttons(message))


def with_buttons(text: str, row: list[tuple[str, str]]) -> dict[str, Any]:
    """Text of any length and up to three buttons as a message."""
    if not row:
        return {"text": _cut(text)}
    if len(text) <= TEMPLATE_TEXT_MAX:
        shown = [{"type": "postback", "title": label, "payload": data} for label, data in row]
        payload = {"template_type": "button", "text": text, "buttons": shown}
        return {"attachment": {"type": "template", "payload": payload}}
    replies = [{"content_type": "text", "title": label, "payload": data} for label, data in row]
    return {"text": _cut(text), "quick_replies": replies}


def failure(error: GraphError) -> ChannelError:
    """What Messenger's refusal means for the message and for the channel."""
    if error.code == PERMISSION and error.subcode in OUTSIDE:
        return ChannelError(_closed(None, None), permanent=True)
    if error.code == UNAVAILABLE or error.subcode == NO_USER:
        return ChannelError(error.message, gone=True)
    if error.code in RATES:
        return ChannelError(error.message, retry_after=error.retry_after or RATE_PAUSE, down=True)
    if error.code in TOKEN:
        told = f"Messenger refuses the hub's page: MESSENGER_PAGE_TOKEN is wrong or may not do this. {error.message}"
        return ChannelError(told, permanent=True)
    if error.transient or error.code in TEMPORARY:
        return ChannelError(error.message, down=error.code != SEND_FAILED)
    return ChannelError(error.message, permanent=True)


def _closed(since: datetime | None, person: User | None) -> str:
    when = f" on {since.astimezone(person.zone).strftime('%-d %b at %H:%M')}" if since and person else ""
    return f"Messenger closed{when}: it may be written to for 24 hours after you wrote there. Write to open it again."


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1].rstrip() + "…"
