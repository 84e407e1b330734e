"""A Telegram Bot API on a loopback port, after https://core.telegram.org/bots/api: methods, limits, errors, updates.

What people do (write, press, block, leave) are methods of `people.People`; what the bot did is in `messages`, `calls`.
"""

import json
import re
import time
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.markup import entities_fault, markup_fault, plain
from tests.fakes.people import TOKEN, Chat, Fields, People, Refused, bad, flood
from tests.fakes.service import Asked, Said

__all__ = ["TOKEN", "BotApi", "Chat", "Refused", "bad", "flood"]
TEXT_MAX = 4096


class BotApi(People):
    """One bot's API."""

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
                "pending_update_count": len(self._updates), **self.webhook_failed}  # fmt: skip

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


def _refusal(refused: Refused) -> Said:
    body: Fields = {"ok": False, "error_code": refused.code, "description": refused.description}
    if refused.parameters:
        body["parameters"] = refused.parameters
    return Said(refused.code, body)


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
