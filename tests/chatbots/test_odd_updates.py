"""Whatever a platform sends: it is taken or left, and the next is answered."""

from typing import Any

from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.graph import GraphApi
from tests.fakes.telegram import BotApi
from virtadmin.chatbots.messenger.answering import take as take_events
from virtadmin.chatbots.telegram.answering import take as take_update
from virtadmin.notifications.telegram.api import bot

NAMES = [
    "id", "type", "text", "chat", "from", "message", "message_id", "data", "is_bot", "new_chat_member", "status",
    "migrate_to_chat_id", "reply_markup", "inline_keyboard", "sender", "postback", "payload", "referral", "ref",
    "quick_reply", "mid", "is_echo", "messaging",
]  # fmt: skip
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.sampled_from(["private", "/start x", "/help"])
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=20,
)
BIG = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
MANY = settings(max_examples=100, suppress_health_check=BIG)


@MANY
@given(st.sampled_from(["message", "callback_query", "my_chat_member", "other"]), ANYTHING, st.integers(0))
def test_any_update_of_telegram(telegram: BotApi, db: None, kind: str, what: Any, number: int) -> None:
    take_update({"update_id": number, kind: what}, bot(), "hub_bot", timezone.now())


@MANY
@given(ANYTHING, st.booleans())
def test_any_event_of_messenger(messenger: GraphApi, db: None, what: Any, inside: bool) -> None:
    entry = [{"messaging": [{"sender": {"id": "7"}, "message": what}]}] if inside else what
    take_events({"object": "page", "entry": entry}, timezone.now())
