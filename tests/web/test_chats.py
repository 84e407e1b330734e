"""The page that makes a link."""

import re

from django.utils import timezone

from tests.fakes.fixtures import messenger_settings
from tests.fakes.telegram import BotApi
from tests.web.conftest import SignIn
from virtadmin.accounts.models import User
from virtadmin.chatbots.contract import Incoming
from virtadmin.chatbots.models import LinkToken
from virtadmin.chatbots.services import link_follow


def test_a_link_is_made_by_a_button_and_shown_once(telegram: BotApi, bob: User, sign_in: SignIn) -> None:
    client = sign_in(bob)
    before = client.get("/channels/link/telegram/").content.decode()
    assert "Make the link" in before
    assert not LinkToken.objects.exists()
    shown = client.post("/channels/link/telegram/").content.decode()
    [address] = set(re.findall(r"https://t\.me/virtadmin_test_bot\?start=[\w-]{43}", shown))
    assert address.replace("start=", "startgroup=") in shown
    assert "for 15 minutes" in shown
    assert LinkToken.objects.get().user == bob
    assert '<svg role="img"' in shown, "a code to scan, beside the link"


def test_the_page_says_when_the_chat_is_linked(telegram: BotApi, alice: User, bob: User, sign_in: SignIn) -> None:
    client = sign_in(bob)
    shown = client.post("/channels/link/telegram/").content.decode()
    [watch] = re.findall(r'data-live="chats" hx-get="(/channels/link/telegram/\?since=\d+)"', shown)
    asked = {"HX-Request": "true", "HX-Target": "div#linked"}
    assert "Linked:" not in client.get(watch, headers=asked).content.decode()
    token = re.findall(r"\?start=([\w-]{43})", shown)[0]
    link_follow(
        incoming=Incoming(platform="telegram", conversation="5", sender="5", title="Bob", token=token),
        now=timezone.now(),
    )
    after = client.get(watch, headers=asked).content.decode()
    assert "Linked: Bob. Alerts come there too" in after
    assert "<html" not in after
    assert "Linked:" not in sign_in(alice).get(watch, headers=asked).content.decode()
    assert "Linked:" not in client.get("/channels/link/telegram/?since=x", headers=asked).content.decode()


def test_messengers_rule_is_told_before(settings: object, alice: User, sign_in: SignIn) -> None:
    messenger_settings(settings, "http://127.0.0.1:1")
    client = sign_in(alice)
    assert "for 24 hours after you last wrote" in client.get("/channels/link/messenger/").content.decode()
    shown = client.post("/channels/link/messenger/").content.decode()
    assert "https://m.me/virtadmin.page?ref=" in shown
    assert "Link a group" not in shown


def test_what_the_hub_has_not_is_said_and_no_button_is_there(alice: User, sign_in: SignIn) -> None:
    for ask in (sign_in(alice).get, sign_in(alice).post):
        shown = ask("/channels/link/telegram/").content.decode()
        assert "This hub has no Telegram bot: TELEGRAM_TOKEN is not set." in shown
        assert "Make the link" not in shown


def test_strangers_and_unknown_platforms(alice: User, sign_in: SignIn, client: object) -> None:
    assert sign_in(alice).get("/channels/link/icq/").status_code == 404
    assert client.get("/channels/link/telegram/").status_code == 302  # type: ignore[attr-defined]
