"""A conversation, whatever the platform: who is there, whether they may, and what is answered."""

import logging
from datetime import datetime

from django.core.cache import cache

from virtadmin.chatbots import answers
from virtadmin.chatbots.commands import parse
from virtadmin.chatbots.contract import Incoming, LinkRefused, Reply
from virtadmin.chatbots.selectors import link_of, may_command
from virtadmin.chatbots.services import chat_heard, link_follow
from virtadmin.chatbots.together import act_on_all, incidents_told
from virtadmin.core.errors import VirtadminError
from virtadmin.notifications.chat_buttons import pressed
from virtadmin.notifications.models import BotUserLink
from virtadmin.notifications.services import chat_unlink

logger = logging.getLogger(__name__)
POLITE_SECONDS = 24 * 3600
"""A chat that is nobody's, or somebody who may not command, is answered once in this time."""
TOLD_AT_MOST = 20
"""Lines in the hub's log about unknown chats, an hour."""
GUESSES_AT_MOST = 10
"""Links that do not work, in one chat and hour, that are answered."""
UNKNOWN = (
    "Hello! I tell people about their servers and websites, and this chat is not linked to anybody.\n\n"
    "To link it, sign in to your hub, open Channels and choose to link a chat."
)
NOT_YOURS = "Only the person who linked this group can do this."
COMMANDS = (
    ("status", "how things are"),
    ("servers", "all servers with their newest numbers"),
    ("server", "one server by its name: numbers and heaviest processes"),
    ("websites", "all websites, those in trouble first"),
    ("incidents", "what is open now"),
    ("ack", "acknowledge an incident: no more reminders of it"),
    ("silence", "silence an incident for an hour"),
    ("stop", "unlink this chat"),
    ("help", "this list"),
)
TAKES = {"server": " NAME", "ack": " NUMBER", "silence": " NUMBER"}


def hear(incoming: Incoming, now: datetime) -> Reply | None:
    """What is answered to what somebody wrote, pressed or followed; None: nothing."""
    if incoming.group and not incoming.data and not incoming.text.startswith("/"):
        return None  # people talk to each other there
    if incoming.token:
        return _follow(incoming, now)
    link = link_of(incoming.platform, incoming.conversation)
    if link is None:
        return _unknown(incoming)
    if not may_command(link, incoming.sender, group=incoming.group):
        return Reply(NOT_YOURS) if incoming.data or _once(incoming, incoming.sender) else None
    chat_heard(link=link, now=now)
    try:
        return _pressed(link, incoming) if incoming.data else _said(link, incoming, now)
    except VirtadminError as refusal:
        return Reply(refusal.message)


def help_text(*, slash: bool) -> str:
    """The list of commands, as they are written on this platform."""
    sign = "/" if slash else ""
    lines = [f"{sign}{name}{TAKES.get(name, '')} – {what}" for name, what in COMMANDS]
    return "I tell you when a server or a website needs you, and I answer these:\n" + "\n".join(lines)


def _follow(incoming: Incoming, now: datetime) -> Reply | None:
    try:
        link = link_follow(incoming=incoming, now=now)
    except LinkRefused as refusal:
        guesses = _count(f"virtadmin:chat:refused:{incoming.platform}:{incoming.conversation}")
        return Reply(refusal.message) if guesses <= GUESSES_AT_MOST else None
    logger.info("a %s chat was linked to %s", incoming.platform, link.user)
    name = link.user.get_username()
    if incoming.group:
        head = f"This group is linked to {name} now: what {name} is told of comes here too. Only {name} commands here."
    else:
        head = f"This chat is linked to {name} now: what you are told of comes here too."
    return Reply(f"{head}\n\n{help_text(slash=incoming.slash)}")


def _pressed(link: BotUserLink, incoming: Incoming) -> Reply:
    found = pressed(incoming.data)
    if found and found.of_message:
        return act_on_all(link.user, found.action, incidents_told(link.user, found.number))
    incident = answers.incident_called(link.user, found.number) if found else None
    if found is None or incident is None:
        return Reply("I do not know this incident any more.", done=True)
    return answers.act(link.user, found.action, incident)


def _said(link: BotUserLink, incoming: Incoming, now: datetime) -> Reply | None:
    command = parse(incoming.text)
    match command.name:
        case "" if incoming.group:
            return None  # for another bot, perhaps
        case "":
            return Reply(f"I do not understand this.\n\n{help_text(slash=incoming.slash)}")
        case "start":
            return Reply(f"This chat is linked to {link.user.get_username()}.\n\n{help_text(slash=incoming.slash)}")
        case "help":
            return Reply(help_text(slash=incoming.slash))
        case "stop":
            return _stop(link, incoming)
    return answers.answer(link.user, command, now)


def _stop(link: BotUserLink, incoming: Incoming) -> Reply:
    chat_unlink(link=link, actor=link.user)
    logger.info("a %s chat of %s was unlinked there", incoming.platform, link.user)
    where = "group" if incoming.group else "chat"
    return Reply(f"This {where} is unlinked: nothing more comes here.")


def _unknown(incoming: Incoming) -> Reply | None:
    """Once, politely. Strangers may find the bot; they must fill neither its chats nor the hub's log."""
    if (incoming.group and parse(incoming.text).name == "") or not _once(incoming, ""):
        return None
    if _count("virtadmin:chat:unknown") <= TOLD_AT_MOST:
        logger.info("a %s chat that is linked to nobody was answered", incoming.platform)
    return Reply(UNKNOWN)


def _once(incoming: Incoming, who: str) -> bool:
    """Whether this is the first time today."""
    key = f"virtadmin:chat:polite:{incoming.platform}:{incoming.conversation}:{who}"
    return bool(cache.add(key, 1, POLITE_SECONDS))


def _count(key: str) -> int:
    """How often this was called within the hour."""
    cache.add(key, 0, 3600)
    return int(cache.incr(key))
