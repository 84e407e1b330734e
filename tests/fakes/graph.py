"""Meta's Graph API for Messenger on a loopback port: the page itself, the Send API and the webhook's sender.

https://developers.facebook.com/docs/messenger-platform/reference/send-api, …/error-codes, …/webhooks.
"""

import hashlib
import hmac
import itertools
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.service import Asked, Said, Service

PAGE_TOKEN = "EAAFakePageToken0123456789"
APP_SECRET = "0123456789abcdef0123456789abcdef"
VERIFY_TOKEN = "the-word-between-us"
PAGE = "virtadmin.page"
PAGE_ID = "104857600000001"
DAY = 24 * 3600
TYPES = {"RESPONSE", "UPDATE", "MESSAGE_TAG"}
Fields = dict[str, Any]


class Refused(Exception):
    """The API's error answer."""

    def __init__(self, status: int, message: str, code: int, subcode: int = 0, **more: Any) -> None:
        super().__init__(message)
        kind = "OAuthException"
        self.status, self.error = status, {"message": message, "type": kind, "code": code, **more}
        if subcode:
            self.error["error_subcode"] = subcode
        self.error["fbtrace_id"] = "BLBz/WZt8dN"


OUTSIDE_WINDOW = Refused(400, "(#10) This message is sent outside of allowed window.", 10, 2018278)
UNAVAILABLE = Refused(400, "(#551) This person isn't available right now.", 551, 1545041)
NO_USER = Refused(400, "(#100) No matching user found", 100, 2018001)
RATE = Refused(400, "(#613) Calls to this API have exceeded the rate limit.", 613)
TEMPORARY = Refused(500, "Temporary send message failure. Please try again later.", 1200)
BAD_TOKEN = Refused(401, "Invalid OAuth access token - Cannot parse access token", 190)


@dataclass
class Person:
    """Somebody by their page-scoped id."""

    psid: str
    name: str = "Ann"
    wrote: float = 0.0
    """Unix time of their newest message to the page."""
    refuses: Refused | None = None
    refuses_next: list[Refused] = field(default_factory=list)


class GraphApi(Service):
    """One page's API, and the events its webhook gets."""

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, Person] = {}
        self.messages: list[Fields] = []
        """What was sent: {recipient, messaging_type, message}."""
        self.asked: list[Asked] = []
        self.headers: dict[str, str] = {}
        """Sent with every answer."""
        self.fails_next: list[Refused] = []
        self._ids = itertools.count(1)

    def answer(self, asked: Asked) -> Said:
        with self.lock:
            self.asked.append(asked)
            try:
                return Said(200, self._answer(asked), headers=self.headers)
            except Refused as refused:
                return Said(refused.status, {"error": refused.error}, headers=self.headers)

    def _answer(self, asked: Asked) -> Fields:
        found = re.fullmatch(r"/v\d+\.0/me(/messages)?", asked.path)
        if not found or asked.method != ("POST" if found[1] else "GET"):
            raise Refused(404, "Unknown path components", 2500)
        token = asked.headers.get("authorization", "").removeprefix("Bearer ") or asked.query.get(
            "access_token", asked.fields.get("access_token", "")
        )
        if token != PAGE_TOKEN:
            raise BAD_TOKEN
        proof = asked.query.get("appsecret_proof", asked.fields.get("appsecret_proof", ""))
        if proof and not hmac.compare_digest(proof, _hmac(PAGE_TOKEN.encode())):
            raise Refused(400, "Invalid appsecret_proof provided in the API argument", 100)
        if self.fails_next:
            raise self.fails_next.pop(0)
        if not found[1]:
            about = {"id": PAGE_ID, "name": "Virtadmin's page", "username": PAGE}
            return {name: about[name] for name in ["id", *asked.query.get("fields", "name").split(",")]}
        return self._sent(asked.fields)

    def _sent(self, given: Fields) -> Fields:
        if given.get("messaging_type") not in TYPES:
            raise Refused(400, "(#100) Param messaging_type must be one of RESPONSE, UPDATE, MESSAGE_TAG", 100)
        person = self.people.get(str(given.get("recipient", {}).get("id", "")))
        if person is None:
            raise NO_USER
        if person.refuses_next:
            raise person.refuses_next.pop(0)
        if person.refuses:
            raise person.refuses
        if time.time() - person.wrote > DAY:
            raise OUTSIDE_WINDOW
        _check(given.get("message", {}))
        self.messages.append({name: given[name] for name in ("recipient", "messaging_type", "message")})
        self.lock.notify_all()
        return {"recipient_id": person.psid, "message_id": f"m_{next(self._ids)}"}

    # --- what people do, as events for the webhook ----------------------------------------------------------------

    def person(self, psid: str, name: str = "Ann") -> Person:
        return self.people.setdefault(psid, Person(psid, name))

    def writes(self, person: Person, text: str, payload: str = "") -> Fields:
        """A message; with `payload` one made by pressing a quick reply."""
        person.wrote = time.time()
        message: Fields = {"mid": f"m_in_{next(self._ids)}", "text": text}
        if payload:
            message["quick_reply"] = {"payload": payload}
        return self.event(person, message=message)

    def presses(self, person: Person, title: str, payload: str) -> Fields:
        """A postback button."""
        person.wrote = time.time()
        return self.event(person, postback={"mid": f"m_in_{next(self._ids)}", "title": title, "payload": payload})

    def follows(self, person: Person, ref: str, *, new: bool = False) -> Fields:
        """The person opens m.me/<page>?ref=…: a referral, or with "Get started" in a conversation that is new."""
        person.wrote = time.time()
        referral = {"ref": ref, "source": "SHORTLINK", "type": "OPEN_THREAD"}
        if new:
            return self.event(
                person, postback={"mid": f"m_in_{next(self._ids)}", "title": "Get Started", "payload": "GET_STARTED",
                                  "referral": referral}
            )  # fmt: skip
        return self.event(person, referral=referral)

    def event(self, person: Person, **what: Any) -> Fields:
        """The body of a webhook request."""
        moment = int(time.time() * 1000)
        happened = {"sender": {"id": person.psid}, "recipient": {"id": PAGE_ID}, "timestamp": moment, **what}
        return {"object": "page", "entry": [{"id": PAGE_ID, "time": moment, "messaging": [happened]}]}

    def push(self, url: str, event: Fields) -> int:
        """POST the event, signed, to a hub on this machine; the answer's status."""
        body = json.dumps(event).encode()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature(body)}
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def waits_for(self, count: int, seconds: float = 20) -> list[Fields]:
        """The page's messages, when there are at least so many."""
        with self.lock:
            assert self.lock.wait_for(lambda: len(self.messages) >= count, seconds), self.messages
            return list(self.messages)


def signature(body: bytes, secret: str = APP_SECRET) -> str:
    """The header X-Hub-Signature-256 of a webhook request with this body."""
    return "sha256=" + _hmac(body, secret)


def _hmac(content: bytes, secret: str = APP_SECRET) -> str:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def _check(message: Fields) -> None:
    """The Send API's limits of text, button template and quick replies."""
    template = message.get("attachment", {}).get("payload", {})
    text = template.get("text", message.get("text", ""))
    if not text:
        raise Refused(400, "(#100) Empty text", 100)
    if len(text) > (640 if template else 2000):
        raise Refused(400, "(#100) Length of param message[text] must be less than or equal to 2000", 100)
    buttons, replies = template.get("buttons", []), message.get("quick_replies", [])
    if template and not 1 <= len(buttons) <= 3:
        raise Refused(400, "(#100) Param buttons must have between 1 and 3 elements", 100)
    if len(replies) > 13:
        raise Refused(400, "(#100) Too many quick replies", 100)
    for button in [*buttons, *replies]:
        if not 1 <= len(button.get("title", "")) <= 20 or not 1 <= len(button.get("payload", "")) <= 1000:
            raise Refused(400, "(#100) Invalid button title or payload", 100)
