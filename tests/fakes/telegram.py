"""A Telegram Bot API on a loopback port, after https://core.telegram.org/bots/api: methods, limits, errors, updates.

What people do (write, press, block, leave) are methods of `BotApi`; what the bot did is in `messages` and `calls`.
"""

import itertools
import json
import re
import time
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.markup import entities_fault, markup_fault, plain
from tests.fakes.service import Asked, Said, Service

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFake-_8"
TEXT_MAX = 4096
Fields = dict[str, Any]


class Refused(Exception):
    """The API's error answer."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


def bad(description: str) -> Refused:
    return Refused(400, f"Bad Request: {description}")


@dataclass
class Chat:
    """A conversation: a person's own (its id is theirs) or a group (a negative id)."""

    id: int
    kind: str
    title: str = ""
    refuses: Refused | None = None
    """Every message to it is answered by this."""
    refuses_next: list[Refused] = field(default_factory=list)

    def shown(self) -> Fields:
        name = {"first_name": self.title, "username": self.title.lower()} if self.kind == "private" else {}
        return {"id": self.id, "type": self.kind, **(name or {"title": self.title})}


class BotApi(Service):
    """One bot's API."""

    def __init__(self, token: str = TOKEN, username: str = "virtadmin_test_bot") -> None:
        super().__init__()
        self.token, self.username = token, username
        self.chats: dict[int, Chat] = {}
        self.messages: list[Fields] = []
        """What the bot sent, oldest first, as it is now (an edit changes it)."""
        self.calls: list[tuple[str, Fields]] = []
        """Every call that had the right token: method and parameters."""
        self.answered: dict[str, str] = {}
        """Callback queries by id: what the bot answered them."""
        self.webhook: Fields = {}
        self.commands: list[Fields] = []
        self.fails_next: list[Said] = []
        """Answers to the next calls, whatever they are."""
        self._queries: set[str] = set()
        self._updates: list[Fields] = []
        self._update_ids = itertools.count(700000001)
        self._message_ids = itertools.count(1)
        self._query_ids = itertools.count(4000000000000000001)
        self._poller = 0
        self.polling = 0
        """How many long polls wait now."""

    # --- what the API answers ------------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> Said:
        found = re.fullmatch(r"/bot([^/]*)/(\w+)", asked.path)
        if not found or not re.fullmatch(r"\d+:[\w-]+", found[1]):
            return _refusal(Refused(404, "Not Found"))
        if found[1] != self.token:
            return _refusal(Refused(401, "Unauthorized"))
        parameters = {**asked.query, **asked.fields}
        with self.lock:
            self.calls.append((found[2], parameters))
            self.lock.notify_all()
            if self.fails_next:
                return self.fails_next.pop(0)
            method = getattr(self, f"do_{found[2].lower()}", None)
            if method is None:
                return _refusal(Refused(404, "Not Found"))
            try:
                return Said(body={"ok": True, "result": method(parameters)})
            except Refused as refused:
                return _refusal(refused)

    def do_getme(self, given: Fields) -> Fields:
        return {"id": int(self.token.split(":")[0]), "is_bot": True, "first_name": "Virtadmin",
                "username": self.username, "can_join_groups": True}  # fmt: skip

    def do_getupdates(self, given: Fields) -> list[Fields]:
        if self.webhook.get("url"):
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the"
                " webhook first",
            )
        self._poller += 1
        mine = self._poller
        self.lock.notify_all()  # an older poll ends
        offset, limit = int(given.get("offset", 0)), min(max(int(given.get("limit", 100)), 1), 100)
        if offset < 0:
            self._updates = self._updates[offset:]
        else:
            self._updates = [update for update in self._updates if update["update_id"] >= offset]
        end = time.monotonic() + float(given.get("timeout", 0))
        self.polling += 1
        self.lock.notify_all()
        try:
            while not self._updates and time.monotonic() < end and mine == self._poller:
                self.lock.wait(end - time.monotonic())
        finally:
            self.polling -= 1
        if mine != self._poller:
            raise Refused(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            )
        return self._updates[:limit]

    def do_setwebhook(self, given: Fields) -> bool:
        url, secret = str(given.get("url", "")), str(given.get("secret_token", ""))
        if url and urlsplit(url).scheme != "https":
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            raise bad("secret token contains unallowed characters")
        self.webhook = {"url": url, "secret_token": secret} if url else {}
        self.lock.notify_all()
        return True

    def do_deletewebhook(self, given: Fields) -> bool:
        if given.get("drop_pending_updates"):
            self._updates.clear()
        self.webhook = {}
        return True

    def do_getwebhookinfo(self, given: Fields) -> Fields:
        return {"url": self.webhook.get("url", ""), "has_custom_certificate": False,
                "pending_update_count": len(self._updates)}  # fmt: skip

    def do_setmycommands(self, given: Fields) -> bool:
        commands = _json(given.get("commands"))
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]) or not 1 <= len(command["description"]) <= 256:
                raise bad("BOT_COMMAND_INVALID")
        self.commands = commands
        return True

    def do_sendmessage(self, given: Fields) -> Fields:
        chat = self._chat(given)
        text = str(given.get("text", "")).strip()
        if given.get("parse_mode") and (fault := markup_fault(text, str(given["parse_mode"]))):
            raise bad(fault)
        seen = plain(text, str(given.get("parse_mode") or ""))
        entities = _json(given.get("entities")) or []
        if fault := entities_fault(entities, seen):
            raise bad(fault)
        if not seen:
            raise bad("message text is empty")
        if len(seen.encode("utf-16-le")) // 2 > TEXT_MAX:
            raise bad("message is too long")
        keyboard = _keyboard(_json(given.get("reply_markup")))
        message = {"message_id": next(self._message_ids), "date": int(time.time()), "chat": chat.shown(),
                   "from": self.do_getme({}), "text": seen, "entities": entities}  # fmt: skip
        if keyboard:
            message["reply_markup"] = keyboard
        self.messages.append(message)
        self.lock.notify_all()
        return message

    def do_answercallbackquery(self, given: Fields) -> bool:
        if len(str(given.get("text", ""))) > 200:
            raise bad("MESSAGE_TOO_LONG")
        if given.get("callback_query_id") not in self._queries:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        self._queries.discard(given["callback_query_id"])
        self.answered[given["callback_query_id"]] = str(given.get("text", ""))
        self.lock.notify_all()
        return True

    def do_editmessagereplymarkup(self, given: Fields) -> Fields:
        chat = self._chat(given)
        for message in self.messages:
            if (message["chat"]["id"], message["message_id"]) == (chat.id, int(given.get("message_id", 0))):
                keyboard = _keyboard(_json(given.get("reply_markup")))
                if keyboard == message.get("reply_markup", {}):
                    raise bad(
                        "message is not modified: specified new message content and reply markup are exactly the same"
                        " as a current content and reply markup of the message"
                    )
                message["reply_markup"] = keyboard
                return message
        raise bad("message to edit not found")

    def _chat(self, given: Fields) -> Chat:
        chat_id = str(given.get("chat_id", ""))
        if not chat_id:
            raise bad("chat_id is empty")
        chat = self.chats.get(int(chat_id)) if re.fullmatch(r"-?\d+", chat_id) else None
        if chat is None:
            raise bad("chat not found")
        if chat.refuses_next:
            raise chat.refuses_next.pop(0)
        if chat.refuses:
            raise chat.refuses
        return chat

    # --- what people do ------------------------------------------------------------------------------------------

    def person(self, number: int, name: str = "Ann") -> Chat:
        """Somebody who opened the bot's chat."""
        return self.chats.setdefault(number, Chat(number, "private", name))

    def group(self, number: int, title: str = "Operations") -> Chat:
        """A group the bot is in."""
        return self.chats.setdefault(number, Chat(number, "group", title))

    def says(self, chat: Chat, text: str, *, sender: Chat | None = None) -> int:
        """Somebody writes; the update's id."""
        words = text.split()
        entities = (
            [{"type": "bot_command", "offset": 0, "length": len(words[0])}] if words and words[0][:1] == "/" else []
        )
        return self.happens(message=self._written(chat, sender or chat, text=text, entities=entities))

    def presses(self, message: Fields, button: str, *, sender: Chat | None = None) -> str:
        """Somebody presses the button of that text; the callback query's id."""
        chat = self.chats[message["chat"]["id"]]
        rows = message["reply_markup"]["inline_keyboard"]
        [pressed] = [found for row in rows for found in row if found["text"] == button]
        return self.presses_data(message, pressed["callback_data"], sender=sender or chat)

    def presses_data(self, message: Fields, data: str, *, sender: Chat) -> str:
        """As a client of its own may: any data."""
        query = str(next(self._query_ids))
        self._queries.add(query)
        self.happens(callback_query={"id": query, "from": _who(sender), "message": message, "data": data,
                                     "chat_instance": "1"})  # fmt: skip
        return query

    def blocks(self, chat: Chat) -> None:
        """The person blocks the bot, or it is removed from the group."""
        group = chat.kind != "private"
        chat.refuses = Refused(
            403, f"Forbidden: bot was {'kicked from the group chat' if group else 'blocked by the user'}"
        )
        self._member(chat, "kicked")

    def unblocks(self, chat: Chat) -> None:
        chat.refuses = None
        self._member(chat, "member")

    def upgrades(self, chat: Chat, number: int) -> Chat:
        """The group becomes a supergroup of another id."""
        chat.refuses = Refused(
            400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=number
        )
        return self.chats.setdefault(number, Chat(number, "supergroup", chat.title))

    def tells_of_upgrade(self, chat: Chat, number: int, sender: Chat) -> None:
        """The service messages that come of it."""
        self.happens(message=self._written(chat, sender, migrate_to_chat_id=number))
        self.happens(message=self._written(self.chats[number], sender, migrate_from_chat_id=chat.id))

    def happens(self, **what: Any) -> int:
        """An update: kept for getUpdates."""
        with self.lock:
            number = next(self._update_ids)
            self._updates.append({"update_id": number, **what})
            self.lock.notify_all()
        return number

    def push(self, url: str, *, secret: str | None = None) -> list[int]:
        """Deliver what waits as the webhook's sender does, to an address of this machine; the status of each."""
        with self.lock:
            waiting, self._updates = self._updates, []
        headers = {"Content-Type": "application/json"}
        headers["X-Telegram-Bot-Api-Secret-Token"] = self.webhook.get("secret_token", "") if secret is None else secret
        return [_posted(url, update, headers) for update in waiting]

    def waits_for(self, count: int, seconds: float = 20) -> list[Fields]:
        """The bot's messages, when there are at least so many."""
        with self.lock:
            assert self.lock.wait_for(lambda: len(self.messages) >= count, seconds), (
                f"{len(self.messages)} messages instead of {count}: {[row['text'] for row in self.messages]}"
            )
            return list(self.messages)

    def waits_for_answer(self, query: str, seconds: float = 20) -> str:
        """What the bot answered the callback query."""
        with self.lock:
            assert self.lock.wait_for(lambda: query in self.answered, seconds), "the button was not answered"
            return self.answered[query]

    def _member(self, chat: Chat, status: str) -> None:
        old = {"user": self.do_getme({}), "status": "kicked" if status == "member" else "member"}
        new = {"user": self.do_getme({}), "status": status}
        self.happens(my_chat_member={"chat": chat.shown(), "from": _who(chat), "date": int(time.time()),
                                     "old_chat_member": old, "new_chat_member": new})  # fmt: skip

    def _written(self, chat: Chat, sender: Chat, **content: Any) -> Fields:
        return {"message_id": next(self._message_ids), "date": int(time.time()), "chat": chat.shown(),
                "from": _who(sender), **content}  # fmt: skip


def _who(chat: Chat) -> Fields:
    return {"id": abs(chat.id), "is_bot": False, "first_name": chat.title, "username": chat.title.lower()}


def _refusal(refused: Refused) -> Said:
    body: Fields = {"ok": False, "error_code": refused.code, "description": refused.description}
    if refused.parameters:
        body["parameters"] = refused.parameters
    return Said(refused.code, body)


def flood(seconds: int) -> Refused:
    """Too many messages."""
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def _json(value: Any) -> Any:
    """Objects come as JSON in a JSON body, and as its text in a form."""
    return json.loads(value) if isinstance(value, str) and value else value


def _keyboard(markup: Fields | None) -> Fields:
    rows = (markup or {}).get("inline_keyboard") or []
    for button in (found for row in rows for found in row):
        if not button.get("text"):
            raise bad("inline keyboard button text must be non-empty")
        if not {"url", "callback_data"} & button.keys():
            raise bad("Text buttons are unallowed in the inline keyboard")
        if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
            raise bad("BUTTON_DATA_INVALID")
        if "url" in button and "." not in (urlsplit(button["url"]).hostname or ""):
            raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    return {"inline_keyboard": rows} if rows else {}


def _posted(url: str, update: Fields, headers: dict[str, str]) -> int:
    request = urllib.request.Request(url, json.dumps(update).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
