"""What a webhook event says, in the hub's words. Pure.

https://developers.facebook.com/docs/messenger-platform/webhooks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from virtadmin.chatbots.contract import Incoming

PLATFORM = "messenger"
TITLE = "Messenger"
"""Events bring no name, and asking for it would need another permission."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something a person did, and the platform's id of it ("" where it has none)."""

    incoming: Incoming
    id: str


def read(body: dict[str, Any]) -> Iterator[Event]:
    """The events of a webhook request that are the hub's business, oldest first."""
    if body.get("object") != "page":
        return
    for entry in body.get("entry", []):
        for happened in entry.get("messaging", []):
            if found := _event(happened):
                yield found


def _event(happened: dict[str, Any]) -> Event | None:
    psid = str(happened.get("sender", {}).get("id", ""))
    if not psid:
        return None
    message, postback = happened.get("message", {}), happened.get("postback", {})
    if message.get("is_echo"):
        return None
    referral = happened.get("referral") or postback.get("referral") or message.get("referral") or {}
    text = str(message.get("text", "")) or ("help" if postback else "")
    incoming = Incoming(
        platform=PLATFORM,
        conversation=psid,
        sender=psid,
        title=TITLE,
        text=text,
        token=str(referral.get("ref", "")),
        data=_data(message, postback),
    )
    if not (text or incoming.token or incoming.data or message):
        return None  # read and delivered, which Messenger tells of too
    return Event(incoming, str(message.get("mid") or postback.get("mid") or ""))


def _data(message: dict[str, Any], postback: dict[str, Any]) -> str:
    """What a button says; "Get started", which is no button of ours, says nothing."""
    payload = str(message.get("quick_reply", {}).get("payload") or postback.get("payload") or "")
    return payload if ":" in payload else ""
