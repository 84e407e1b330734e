"""One's sessions and tokens over the API: listed, and ended at once."""

import time_machine
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from tests.api.conftest import Caller
from tests.api.test_problems import fields, told
from virtadmin.accounts.models import User
from virtadmin.accounts.services import user_update

SESSIONS = "/api/me/sessions/"
TOKENS = "/api/me/tokens/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def browser(name: str, password: str, agent: str = FIREFOX) -> Client:
    client = Client(headers={"User-Agent": agent})
    client.post("/login/", {"username": name, "password": password})
    return client


def test_sessions_are_listed_with_when_from_where_and_by_what(alice: User, bob: User, by_token: Caller) -> None:
    first = browser("alice", "alice-password")
    browser("alice", "alice-password", "curl/8.0")
    browser("bob", "bob-password")
    rows = first.get(SESSIONS).json()["results"]
    assert {row["browser"] for row in rows} == {"Firefox on Windows", "curl"}
    [here] = [row for row in rows if row["current"]]
    assert (here["browser"], here["address"]) == ("Firefox on Windows", "127.0.0.1")
    assert here["begun"]
    assert here["seen"]
    assert first.session.session_key not in str(rows)
    assert not any(row["current"] for row in by_token(alice).get(SESSIONS).json()["results"])


def test_use_is_noted_once_a_minute(alice: User, by_token: Caller) -> None:
    client, watcher = browser("alice", "alice-password"), by_token(alice)
    [before] = watcher.get(SESSIONS).json()["results"]
    client.get("/channels/")
    assert watcher.get(SESSIONS).json()["results"] == [before]
    with time_machine.travel(timezone.now() + timezone.timedelta(minutes=2)):
        client.get("/channels/")
        [after] = watcher.get(SESSIONS).json()["results"]
    assert after["seen"] > before["seen"]
    assert after["begun"] == before["begun"]


def test_one_is_ended_and_so_are_all_others(alice: User, bob: User) -> None:
    mine, other, third = (browser("alice", "alice-password") for _ in range(3))
    [row, *_] = [row for row in mine.get(SESSIONS).json()["results"] if not row["current"]]
    told(browser("bob", "bob-password").delete(f"{SESSIONS}{row['id']}/"), 404)
    assert mine.delete(f"{SESSIONS}{row['id']}/").status_code == 204
    told(mine.delete(f"{SESSIONS}{row['id']}/"), 404)
    assert sorted(client.get("/channels/").status_code for client in (other, third)) == [200, 302]
    assert mine.post(f"{SESSIONS}end-others/").json() == {"ended": 1}
    assert [client.get("/channels/").status_code for client in (mine, other, third)] == [200, 302, 302]


def test_with_a_token_all_sessions_are_others(alice: User, by_token: Caller) -> None:
    mine = browser("alice", "alice-password")
    assert by_token(alice).post(f"{SESSIONS}end-others/").json() == {"ended": 1}
    assert mine.get("/channels/").status_code == 302


def test_a_disabled_persons_sessions_and_tokens_stop_at_once(alice: User, admin_person: User, by_token: Caller) -> None:
    mine, token = browser("alice", "alice-password"), by_token(alice)
    user_update(user=alice, actor=admin_person, is_active=False)
    assert mine.get("/channels/").status_code == 302
    told(mine.get("/api/me/"), 401)
    told(token.get("/api/me/"), 401)


def test_even_when_it_was_done_past_the_services(alice: User, by_token: Caller) -> None:
    mine, token = browser("alice", "alice-password"), by_token(alice)
    User.objects.update(is_active=False)
    assert mine.get("/channels/").status_code == 302
    told(token.get("/api/me/"), 401)


def test_a_new_password_ends_the_sessions_too(alice: User) -> None:
    mine, other = browser("alice", "alice-password"), browser("alice", "alice-password")
    change = {"old_password": "alice-password", "new_password": "another-good-one"}
    assert mine.post("/api/me/password/", change, content_type="application/json").status_code == 204
    assert other.get("/channels/").status_code == 302
    [left] = mine.get(SESSIONS).json()["results"]
    assert left["current"]


def test_tokens_are_made_seen_in_use_and_revoked(alice: User, bob: User, by_token: Caller) -> None:
    client = by_token(alice)
    made = client.post(TOKENS, {"name": "deploy script", "password": "alice-password"})
    assert made.status_code == 201
    token = made.json()["token"]
    script = APIClient(headers={"Authorization": f"Token {token}"})
    rows = client.get(TOKENS).json()["results"]
    assert [(row["name"], row["current"], bool(row["used"])) for row in rows] == [
        ("deploy script", False, False),
        ("", True, True),
    ]
    assert token not in str(rows)
    assert script.get("/api/me/").status_code == 200
    [row, _] = client.get(TOKENS).json()["results"]
    assert row["used"]
    script.get("/api/me/")
    assert client.get(TOKENS).json()["results"][0]["used"] == row["used"], "noted once a minute"
    told(by_token(bob).delete(f"{TOKENS}{row['id']}/"), 404)
    told(client.delete(f"{TOKENS}{row['id'][:8]}/"), 404)
    assert client.delete(f"{TOKENS}{row['id']}/").status_code == 204
    told(script.get("/api/me/"), 401)


def test_tokens_from_before_they_had_names_are_listed_too(alice: User, by_token: Caller) -> None:
    client = by_token(alice)
    _, old = AuthToken.objects.create(alice)
    names = [row["name"] for row in client.get(TOKENS).json()["results"]]
    assert names == ["", ""]
    assert APIClient(headers={"Authorization": f"Token {old}"}).get("/api/me/").status_code == 200
    assert all(row["used"] for row in client.get(TOKENS).json()["results"])


def test_a_token_needs_a_name_that_fits(alice: User, by_token: Caller) -> None:
    assert fields(
        told(by_token(alice).post(TOKENS, {"name": "x" * 101, "password": "alice-password"}), 400)
    ).keys() == {"name"}


def test_a_token_alone_makes_no_other_and_guesses_no_password(alice: User, by_token: Caller) -> None:
    client = by_token(alice)
    assert fields(told(client.post(TOKENS, {"name": "forever"}), 400)).keys() == {"password"}
    guess = {"name": "forever", "password": "guess"}
    for _ in range(10):
        assert fields(told(client.post(TOKENS, guess), 400)).keys() == {"password"}
    told(client.post(TOKENS, {**guess, "password": "alice-password"}), 409)
    assert AuthToken.objects.count() == 1
