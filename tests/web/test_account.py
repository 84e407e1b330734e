"""One's own account page, and tokens."""

import re

from django.test import Client
from rest_framework.test import APIClient

from tests.api.test_my_sessions import browser
from tests.web.conftest import SignIn
from virtadmin.accounts.models import User
from virtadmin.accounts.services import token_create
from virtadmin.notifications.models import BotUserLink
from virtadmin.notifications.services import chat_link

MINE = {"password": "alice-password"}
CHANGE = {"deed": "password", "old_password": "alice-password", "new_password": "another-good-one"}


def test_name_email_and_time_zone_are_changed(alice: User, sign_in: SignIn) -> None:
    client = sign_in(alice)
    given = {"deed": "profile", "first_name": "Al", "last_name": "Ice", "email": "a@example.net"}
    client.post("/account/", {**given, "time_zone": "Europe/Berlin"})
    alice.refresh_from_db()
    assert (alice.first_name, alice.email, alice.time_zone) == ("Al", "a@example.net", "Europe/Berlin")
    wrong = client.post("/account/", {**given, "time_zone": "Mars/Olympus"})
    assert wrong.status_code == 422
    assert 'id="id_time_zone_error"' in wrong.content.decode()
    assert client.post("/account/", {**given, "email": "nowhere"}).status_code == 422


def test_a_new_password_signs_out_everywhere_else(alice: User) -> None:
    mine, other = browser("alice", "alice-password"), browser("alice", "alice-password")
    for change, told in (
        ({**CHANGE, "old_password": "guess"}, "This is not your password."),
        ({**CHANGE, "new_password": "short"}, "too short"),
    ):
        answer = mine.post("/account/", change)
        assert answer.status_code == 422
        assert told in answer.content.decode()
    assert mine.post("/account/", CHANGE).headers["Location"] == "/account/"
    assert "The new password holds" in mine.get("/account/").content.decode()
    assert other.get("/account/").status_code == 302


def test_the_password_cannot_be_guessed_there(alice: User) -> None:
    mine = browser("alice", "alice-password")
    answers = [mine.post("/account/", {**CHANGE, "old_password": "guess"}) for _ in range(10)]
    assert answers[-1].status_code == 429
    assert "Too many wrong tries" in mine.post("/account/", CHANGE).content.decode()
    alice.refresh_from_db()
    assert alice.check_password("alice-password")


def test_sessions_are_listed_and_ended(alice: User, bob: User) -> None:
    mine = browser("alice", "alice-password")
    others = [browser("alice", "alice-password", f"curl/{number}") for number in range(2)]
    theirs = browser("bob", "bob-password")
    page = mine.get("/account/").content.decode()
    assert page.count("this one") == 1
    assert "Firefox on Windows" in page
    assert "127.0.0.1" in page
    ids = re.findall(r'name="session" value="(\w+)"', page)
    assert len(ids) == 2
    assert theirs.post("/account/sessions/end/", {"session": ids[0]}).status_code == 404
    mine.post("/account/sessions/end/", {"session": ids[0]})
    assert sorted(client.get("/account/").status_code for client in others) == [200, 302]
    assert "1 other session ended" in mine.post("/account/sessions/end/", follow=True).content.decode()
    assert [client.get("/account/").status_code for client in (mine, *others)] == [200, 302, 302]
    assert theirs.get("/account/").status_code == 200


def test_tokens_are_made_shown_once_and_revoked(alice: User, bob: User, sign_in: SignIn) -> None:
    client = sign_in(alice)
    assert "You have none." in client.get("/account/tokens/").content.decode()
    page = client.post("/account/tokens/", {**MINE, "name": "deploy"}).content.decode()
    [token] = re.findall(r'id="token" class="code" value="(\w+)"', page)
    script = APIClient(headers={"Authorization": f"Token {token}"})
    assert script.get("/api/me/").json()["username"] == "alice"
    after = client.get("/account/tokens/").content.decode()
    assert token not in after
    assert "deploy" in after
    assert "1 program may act as you" in client.get("/account/").content.decode()
    [path] = re.findall(r'<details class="confirm">.*?action="(/account/tokens/\w+/revoke/)"', after, re.DOTALL)
    assert "Revoke deploy</button>" in after
    assert sign_in(bob).post(path).status_code == 404
    client.post(path)
    assert script.get("/api/me/").status_code == 401
    assert client.post("/account/tokens/", {**MINE, "name": ""}).status_code == 422
    guess = client.post("/account/tokens/", {"name": "theirs", "password": "guess"})
    assert (guess.status_code, guess.content.decode().count("This is not your password.")) == (422, 1)
    assert "You have none." in client.get("/account/tokens/").content.decode()


def test_who_must_have_two_factor_gets_no_token_here_either(alice: User, settings: object, sign_in: SignIn) -> None:
    client = sign_in(alice)
    token_create(user=alice, name="before")
    settings.REQUIRE_TOTP = "all"  # type: ignore[attr-defined]
    assert client.post("/account/tokens/", {**MINE, "name": "deploy"}).headers["Location"] == "/account/two-factor/"


def test_linked_chats_are_listed_and_unlinked(alice: User, sign_in: SignIn) -> None:
    link = chat_link(user=alice, platform="telegram", conversation="77", title="Alice's phone", now=alice.date_joined)
    client: Client = sign_in(alice)
    page = client.get("/account/").content.decode()
    assert "Alice&#x27;s phone" in page
    assert f'action="/channels/{link.channel_id}/delete/"' in page.partition('<details class="confirm">')[2]
    client.post(f"/channels/{link.channel_id}/delete/")
    assert not BotUserLink.objects.exists()
    assert "None. Link Telegram" in client.get("/account/").content.decode()
