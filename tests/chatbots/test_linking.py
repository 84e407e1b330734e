"""A deep link: made for whom, followed once, in time, on its platform; and what ends it."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.utils import timezone

from tests.chatbots.conftest import incoming, linked
from tests.fakes.fixtures import messenger_settings
from tests.fakes.service import Said
from tests.fakes.telegram import BotApi
from virtadmin.accounts.models import User
from virtadmin.chatbots import services
from virtadmin.chatbots.contract import LinkRefused
from virtadmin.chatbots.models import LinkToken
from virtadmin.chatbots.services import MOST_OPEN, VALID, link_create, link_follow
from virtadmin.chatbots.tasks import prune
from virtadmin.config.celery import app
from virtadmin.core.errors import Conflict, InvalidInput, NotAllowed
from virtadmin.notifications.models import BotUserLink, UserChannel


def make(user: User, platform: str = "telegram") -> str:
    """The token in a new link for the user."""
    query = parse_qs(urlsplit(link_create(user=user, actor=user, platform=platform)).query)
    return query["start" if platform == "telegram" else "ref"][0]


def follow(token: str, **more: Any) -> BotUserLink:
    return link_follow(incoming=incoming(token=token, title="Ann", **more), now=timezone.now())


def refusal(token: str, **more: Any) -> str:
    with pytest.raises(LinkRefused) as refused:
        follow(token, **more)
    return refused.value.message


def test_it_opens_the_bot_with_a_token_of_32_bytes_that_is_kept_as_a_hash(telegram: BotApi, alice: User) -> None:
    address = link_create(user=alice, actor=alice, platform="telegram")
    assert address.startswith("https://t.me/virtadmin_test_bot?start=")
    token = address.partition("start=")[2]
    assert len(token) == 43
    [kept] = LinkToken.objects.all()
    assert token not in str(vars(kept))
    assert kept.expires - timezone.now() <= VALID
    assert str(kept) == "link to Telegram for alice"


def test_telegram_is_asked_for_the_bots_name_once(telegram: BotApi, alice: User) -> None:
    make(alice)
    make(alice)
    assert [method for method, _ in telegram.calls] == ["getMe"]


def test_following_it_makes_the_link_and_a_channel(telegram: BotApi, alice: User) -> None:
    found = follow(make(alice))
    assert (found.user, found.platform, found.conversation, found.title) == (alice, "telegram", "5550001", "Ann")
    assert found.channel.kind == "telegram"
    assert str(found.commander) == "Telegram: Ann: 5550001"


def test_it_works_once(telegram: BotApi, alice: User) -> None:
    token = make(alice)
    follow(token)
    assert refusal(token, conversation="666", sender="666").startswith("This link was used already")
    assert BotUserLink.objects.count() == 1


def test_of_two_who_follow_it_at_once_one_is_linked(
    telegram: BotApi, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = make(alice)

    def meanwhile(*_: object) -> None:
        LinkToken.objects.update(used=timezone.now())

    monkeypatch.setattr(services, "_keep_others_groups", meanwhile)
    assert refusal(token).startswith("This link was used already")
    assert not BotUserLink.objects.exists()


def test_it_works_for_a_quarter_of_an_hour(telegram: BotApi, alice: User) -> None:
    token = make(alice)
    with time_machine.travel(timezone.now() + VALID, tick=False):
        assert refusal(token).startswith("This link is too old; it works for 15 minutes.")
    assert not BotUserLink.objects.exists()


def test_it_works_on_its_own_platform_alone(telegram: BotApi, settings: Any, alice: User) -> None:
    messenger_settings(settings, "http://127.0.0.1:1")
    assert link_create(user=alice, actor=alice, platform="messenger").startswith("https://m.me/virtadmin.page?ref=")
    assert refusal(make(alice, "messenger")).startswith("I do not know this link.")
    assert refusal("x" * 43).startswith("I do not know this link.")


def test_it_is_void_once_the_person_was_shut_out(telegram: BotApi, alice: User) -> None:
    token = make(alice)
    User.objects.update(is_active=False)
    assert refusal(token).startswith("This link is too old")
    alice.refresh_from_db()
    with pytest.raises(InvalidInput):
        make(alice)


def test_people_link_for_themselves_and_admins_for_anybody(
    telegram: BotApi, alice: User, bob: User, admin_person: User
) -> None:
    with pytest.raises(NotAllowed):
        link_create(user=bob, actor=alice, platform="telegram")
    token = link_create(user=bob, actor=admin_person, platform="telegram").partition("start=")[2]
    assert follow(token).user == bob


def test_what_the_hub_has_not_is_said(settings: Any, alice: User, telegram: BotApi) -> None:
    with pytest.raises(InvalidInput):
        link_create(user=alice, actor=alice, platform="icq")
    with pytest.raises(Conflict, match="MESSENGER"):
        link_create(user=alice, actor=alice, platform="messenger")
    telegram.fails_next = [Said(502, raw=b"")]
    with pytest.raises(Conflict, match="The bot's name cannot be found out now"):
        link_create(user=alice, actor=alice, platform="telegram")
    settings.TELEGRAM_TOKEN = ""
    with pytest.raises(Conflict, match="TELEGRAM_TOKEN is not set"):
        link_create(user=alice, actor=alice, platform="telegram")


def test_links_cannot_be_made_without_end_and_old_ones_are_forgotten(telegram: BotApi, alice: User) -> None:
    for _ in range(MOST_OPEN):
        make(alice)
    with pytest.raises(Conflict, match="Many links are open"):
        make(alice)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        make(alice)
        prune()
    assert LinkToken.objects.count() == 1
    assert prune.name in {entry["task"] for entry in app.conf.beat_schedule.values()}


def test_a_chat_of_ones_own_may_be_linked_to_another_account(telegram: BotApi, alice: User, bob: User) -> None:
    linked(alice)
    assert follow(make(bob)).user == bob
    assert BotUserLink.objects.count() == 1
    assert not UserChannel.objects.filter(user=alice, kind="telegram").exists()


def test_a_group_is_not_taken_from_who_linked_it(telegram: BotApi, alice: User, bob: User) -> None:
    group = {"conversation": "-4001", "group": True}
    follow(make(alice), sender="11", **group)
    token = make(bob)
    assert refusal(token, sender="22", **group).startswith("This group is linked already.")
    assert follow(token, conversation="22", sender="22").user == bob  # the refused link was not used up


def test_linking_again_changes_who_commands(telegram: BotApi, alice: User) -> None:
    follow(make(alice), conversation="-4001", sender="11", group=True)
    again = follow(make(alice), conversation="-4001", sender="12", group=True)
    assert again.commander.person == "12"
    assert BotUserLink.objects.count() == 1
