"""Signing in and out."""

from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.views.defaults import server_error

from tests.web.conftest import SignIn
from virtadmin.accounts.models import User
from virtadmin.accounts.services import first_admin_create
from virtadmin.web.views.session import locked_out


def sign_in_by_form(client: Client, name: str, password: str, after: str = "/") -> object:
    return client.post(f"/login/?next={after}", {"username": name, "password": password, "next": after})


def test_the_right_password_leads_to_where_one_wanted_to_go(alice: User) -> None:
    client = Client()
    assert (
        sign_in_by_form(client, "alice", "alice-password", "/notifications/").headers["Location"] == "/notifications/"
    )
    assert client.get("/").status_code == 200
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert client.get("/").status_code == 302


def test_it_never_leads_to_another_site(alice: User) -> None:
    assert sign_in_by_form(Client(), "alice", "alice-password", "https://evil.example/").headers["Location"] == "/"


def test_a_wrong_password_is_told_without_saying_which_was_wrong(alice: User) -> None:
    for name in ("alice", "nobody"):
        page = sign_in_by_form(Client(), name, "wrong").content.decode()
        assert "This name and password do not go together." in page


def test_a_hub_without_users_says_how_to_make_the_first_admin_and_one_with_them_nothing(db: None) -> None:
    page = Client().get("/login/").content.decode()
    assert "This hub has no user yet" in page
    assert "docker compose exec core virtadmin admin" in page
    first_admin_create(password="a-good-password")
    after = Client().get("/login/")
    assert "virtadmin admin" not in after.content.decode()
    assert "no user" not in after.content.decode()
    assert after.status_code == 200


def test_after_too_many_tries_it_says_for_how_long_it_is_locked(alice: User) -> None:
    client = Client()
    answers = [sign_in_by_form(client, "alice", "wrong") for _ in range(settings.AXES_FAILURE_LIMIT + 1)]
    assert answers[-1].status_code == 429
    assert answers[-1].headers["Retry-After"] == "900"
    assert "15 min" in answers[-1].content.decode()
    assert sign_in_by_form(client, "alice", "alice-password").status_code == 429


def test_the_lockout_page_leaves_the_api_its_own_answer(rf: RequestFactory) -> None:
    original = HttpResponse("problem", status=401)
    assert locked_out(rf.post("/api/auth/token/"), original) is original


def test_the_admin_site_uses_the_same_gate(alice: User, admin_person: User, sign_in: SignIn) -> None:
    assert Client().get("/admin/", follow=True).redirect_chain[-1][0] == "/login/?next=%2Fadmin%2F"
    assert sign_in(alice).get("/admin/", follow=True).status_code == 403
    admin = sign_in(admin_person).get("/admin/")
    assert admin.status_code == 200
    assert "script-src 'self' 'unsafe-eval'" in admin.headers["Content-Security-Policy"]  # its Alpine.js needs that


def test_pages_allow_no_inline_script_or_style(alice: User, sign_in: SignIn) -> None:
    answer = sign_in(alice).get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert " style=" not in answer.content.decode()
    assert "<style" not in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store, private"


def test_errors_have_pages_of_our_own(alice: User, bob: User, sign_in: SignIn) -> None:
    assert "not yours to see" in sign_in(alice).get("/servers/999/").content.decode()
    assert "Your role does not allow this" in sign_in(bob).get("/servers/add/").content.decode()
    assert "what happened is in its log" in server_error(RequestFactory().get("/")).content.decode()
