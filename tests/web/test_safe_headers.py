"""What every answer tells browsers to forbid, cookies, foreign host names, and throttling behind proxies."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings as configured
from django.test import Client
from pytest_django import Settings

from tests.web.conftest import SignIn
from virtadmin.accounts.models import User

EVERYWHERE = [
    "/login/",
    "/",
    "/account/",
    "/log/",
    "/no-such-page/",
    "/api/me/",
    "/api/no-such-thing/",
    "/admin/",
    "/metrics",
]
"""Pages for anybody and for those who are signed in, the API, the admin site, and what is not there."""
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", re.IGNORECASE)


@pytest.fixture
def over_https(settings: Settings) -> None:
    """Settings as PUBLIC_URL=https://hub.example and TRUSTED_PROXIES=1 make them (tests/config/test_settings.py)."""
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "https://hub.example", ["hub.example", "localhost", "127.0.0.1"]
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS, settings.TRUSTED_PROXIES = 365 * 24 * 3600, 1
    settings.SECURE_SSL_REDIRECT, settings.SECURE_PROXY_SSL_HEADER = True, ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.parametrize("address", EVERYWHERE)
@pytest.mark.parametrize("signed_in", [False, True])
def test_every_answer_forbids_what_no_page_needs(
    admin_person: User, sign_in: SignIn, address: str, *, signed_in: bool
) -> None:
    answer = (sign_in(admin_person) if signed_in else Client()).get(address)
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["object-src"] == policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == policy["form-action"] == "'self'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    if not address.startswith("/admin/"):  # that has pages of its own, whose scripts need more
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert not INLINE.search(b"".join(answer).decode())


def test_over_https_browsers_are_told_to_stay_there(over_https: None, db: None) -> None:
    client = Client(headers={"host": "hub.example", "x-forwarded-proto": "https"})
    assert client.get("/login/").headers["Strict-Transport-Security"] == "max-age=31536000"
    plain = Client(headers={"host": "hub.example"}).get("/login/")
    assert (plain.status_code, plain.headers["Location"]) == (301, "https://hub.example/login/")
    assert "Strict-Transport-Security" not in Client(headers={"host": "hub.example"}).get("/healthz").headers


def test_cookies_are_for_this_site_over_https_and_no_script(over_https: None, alice: User) -> None:
    client = Client(headers={"host": "hub.example", "x-forwarded-proto": "https"})
    client.get("/login/")
    client.post("/login/", {"username": "alice", "password": "alice-password"})
    client.post("/theme/", {"theme": "dark"})
    assert {"sessionid", "csrftoken"} <= client.cookies.keys()
    for name, cookie in client.cookies.items():
        assert cookie["secure"], name
        assert cookie["samesite"] in ("Lax", "Strict"), name
        assert not cookie["domain"], name
        assert cookie["httponly"] or name == "csrftoken", name


def test_a_session_gets_a_new_key_at_sign_in_and_ends_with_it(alice: User) -> None:
    client = Client()
    client.get("/login/")
    client.post("/login/", {"username": "alice", "password": "alice-password"})
    known = client.cookies["sessionid"].value
    client.post("/logout/")
    client.cookies["sessionid"] = known
    assert client.get("/account/").status_code == 302


@pytest.mark.parametrize("address", ["/login/", "/api/me/", "/admin/", "/no-such-page/"])
def test_another_host_name_is_refused(over_https: None, db: None, address: str) -> None:
    for host in ("evil.example", "hub.example.evil.example", "hub.example@evil.example", "evil.example:443"):
        answer = Client(headers={"host": host, "x-forwarded-proto": "https"}).get(address)
        assert answer.status_code == 400
        assert "evil" not in answer.content.decode()
    trick = Client(headers={"host": "hub.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "https"})
    assert "evil" not in str(trick.get(address).headers) + trick.get(address).content.decode()


def test_links_to_a_password_never_lead_to_another_host(over_https: None, admin_person: User, alice: User) -> None:
    client = Client(headers={"host": "localhost", "x-forwarded-proto": "https"})
    client.force_login(admin_person, "virtadmin.accounts.backend.RoleBackend")
    made = client.post(f"/api/users/{alice.uuid}/password-link/", headers={"x-csrftoken": "none"})
    assert made.json()["link"].startswith("https://hub.example/")


Try = Callable[[str], int]


@pytest.fixture(params=["page", "API"])
def wrong_password(request: pytest.FixtureRequest, alice: User, valkey: object, monkeypatch: pytest.MonkeyPatch) -> Try:
    """Try a wrong password with this X-Forwarded-For, by the form or for a token; the status of the answer."""
    monkeypatch.setattr("virtadmin.api.throttling.SIGN_INS_A_MINUTE", 1000)

    def tried(forwarded: str) -> int:
        given = {"username": "alice", "password": "wrong"}
        client = Client(headers={"x-forwarded-for": forwarded})
        if request.param == "page":
            return client.post("/login/", given).status_code
        return client.post("/api/auth/token/", given, content_type="application/json").status_code

    return tried


def test_without_a_proxy_nobody_gets_more_tries_by_another_forwarded_address(wrong_password: Try) -> None:
    statuses = [wrong_password(f"198.51.100.{number}") for number in range(configured.AXES_FAILURE_LIMIT + 1)]
    assert statuses[-1] == 429
    assert 429 not in statuses[: configured.AXES_FAILURE_LIMIT - 1]


def test_behind_a_proxy_the_address_it_saw_counts_and_not_what_was_sent_to_it(
    settings: Settings, wrong_password: Try
) -> None:
    settings.TRUSTED_PROXIES = 1
    for number in range(configured.AXES_FAILURE_LIMIT):
        wrong_password(f"203.0.113.{number}, 198.51.100.9")
    assert wrong_password("203.0.113.77, 198.51.100.9") == 429
    assert wrong_password("198.51.100.9, 192.0.2.20") != 429


def test_what_a_proxy_says_that_is_no_address_breaks_nothing(wrong_password: Try, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1
    for forwarded in ("unknown", "198.51.100.9:4711", "<script>", "9" * 200):
        assert wrong_password(forwarded) in (200, 401)
