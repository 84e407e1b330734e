"""What an update of the Bot API (https://core.telegram.org/bots/api#update) says, in the hub's words. Pure."""

from dataclasses import dataclass
from typing import Any

from virtadmin.chatbots.commands import for_others, parse
from virtadmin.chatbots.contract import Incoming
from virtadmin.notifications.rendering import one_line

ALLOWED = ["message", "callback_query", "my_chat_member"]
"""The kinds of updates the hub asks for."""
PLATFORM = "telegram"
GROUPS = ("group", "supergroup")
OUT = ("kicked", "left")
TITLE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button that was pressed: the query to answer, and the message it is under."""

    incoming: Incoming
    query: str
    message: int = 0
    rows: tuple[tuple[dict[str, Any], ...], ...] = ()
    """The message's keyboard."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A group became a supergroup, which has another id."""

    conversation: str
    to: str


@dataclass(frozen=True, slots=True)
class Membership:
    """The bot was let in or shut out."""

    conversation: str
    inside: bool
    reason: str = ""


Happening = Incoming | Pressed | Moved | Membership


def read(update: dict[str, Any], bot: str) -> Happening | None:
    """What happened; None for what is none of the hub's business. `bot` is the bot's user name."""
    if message := update.get("message"):
        return _message(message, bot)
    if query := update.get("callback_query"):
        return _pressed(query)
    if change := update.get("my_chat_member"):
        return _membership(change)
    return None


def _message(message: dict[str, Any], bot: str) -> Incoming | Moved | None:
    chat, sender, text = message["chat"], message.get("from", {}), str(message.get("text", ""))
    if moved := message.get("migrate_to_chat_id"):
        return Moved(str(chat["id"]), str(moved))
    if chat["type"] not in ("private", *GROUPS) or sender.get("is_bot") or not text or for_others(text, bot):
        return None
    command = parse(text)
    token = command.argument if command.name == "start" else ""
    return _incoming(chat, sender, text=text, token=token)


def _pressed(query: dict[str, Any]) -> Pressed | None:
    message = query.get("message")
    if not message:  # too old for Telegram to say what it was
        return None
    keyboard = message.get("reply_markup", {}).get("inline_keyboard", [])
    return Pressed(
        _incoming(message["chat"], query["from"], data=str(query.get("data", ""))),
        str(query["id"]),
        int(message["message_id"]),
        tuple(tuple(row) for row in keyboard),
    )


def _membership(change: dict[str, Any]) -> Membership:
    chat, status = change["chat"], change["new_chat_member"]["status"]
    reason = "You blocked the bot." if chat["type"] == "private" else "The bot was taken out of the group."
    return Membership(str(chat["id"]), status not in OUT, reason)


def _incoming(chat: dict[str, Any], sender: dict[str, Any], **content: str) -> Incoming:
    return Incoming(
        platform=PLATFORM,
        conversation=str(chat["id"]),
        sender=str(sender.get("id", "")),
        title=one_line(_title(chat))[:TITLE_LENGTH],
        group=chat["type"] in GROUPS,
        slash=True,
        **content,
    )


def _title(chat: dict[str, Any]) -> str:
    if chat.get("title"):
        return str(chat["title"])
    return " ".join(str(chat[part]) for part in ("first_name", "last_name") if chat.get(part))
