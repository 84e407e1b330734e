"""The people of a Telegram: their chats with a bot, what they do there, and what they see of it."""

import itertools
import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.service import Said, Service

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFake-_8"
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


def flood(seconds: int) -> Refused:
    """Too many messages."""
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


class People(Service):
    """One bot, and everybody who knows it."""

    def __init__(self, token: str = TOKEN, username: str = "virtadmin_test_bot", *, host: str = "127.0.0.1") -> None:
        super().__init__(host)
        self.token, self.username = token, username
        self.chats: dict[int, Chat] = {}
        self.messages: list[Fields] = []
        """What the bot sent, oldest first, as it is now (an edit changes it)."""
        self.calls: list[tuple[str, Fields]] = []
        """Every call that had the right token: method and parameters."""
        self.answered: dict[str, str] = {}
        """Callback queries by id: what the bot answered them."""
        self.webhook: Fields = {}
        self.webhook_failed: Fields = {}
        """`last_error_date` and `last_error_message` of the webhook's newest call, where that failed."""
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

    def do_getme(self, given: Fields) -> Fields:
        return {"id": int(self.token.split(":")[0]), "is_bot": True, "first_name": "Virtadmin",
                "username": self.username, "can_join_groups": True}  # fmt: skip

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


def _posted(url: str, update: Fields, headers: dict[str, str]) -> int:
    request = urllib.request.Request(url, json.dumps(update).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
