"""Two-factor sign-in in the pages and in the admin site."""

import re

import pytest
import time_machine
from django.conf import settings as hub_settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.test import Client, RequestFactory
from django.utils import timezone

from tests.accounts.phone import Phone, set_up
from tests.web.conftest import SignIn
from tests.web.test_session import sign_in_by_form
from virtadmin.accounts.models import User
from virtadmin.accounts.two_factor import two_factor_on

PAGE = "/account/two-factor/"
MINE = {"password": "alice-password"}


def waiting(after: str = "/") -> Client:
    """A browser in which Alice's password was right."""
    client = Client()
    assert sign_in_by_form(client, "alice", "alice-password", after).headers["Location"] == "/login/code/"
    return client


def test_after_the_password_the_code_is_asked_and_leads_to_where_one_wanted(alice: User) -> None:
    phone, _ = set_up(alice)
    client = waiting("/notifications/")
    assert client.get("/").status_code == 302, "the password alone opens nothing"
    assert client.get("/api/me/").status_code == 401
    assert "one-time-code" in client.get("/login/code/").content.decode()
    wrong = client.post("/login/code/", {"code": phone.wrong()})
    assert wrong.status_code == 422
    assert "not right, or was used already" in wrong.content.decode()
    code = phone.code()
    assert client.post("/login/code/", {"code": code}).headers["Location"] == "/notifications/"
    assert client.get("/channels/").status_code == 200
    again = waiting()
    assert again.post("/login/code/", {"code": code}).status_code == 422, "a code is accepted once"


def test_a_recovery_code_stands_in_and_it_is_said_how_many_are_left(alice: User) -> None:
    _, codes = set_up(alice)
    client = waiting()
    page = client.post("/login/code/", {"code": codes[3]}, follow=True).content.decode()
    assert "used up now. 9 are left." in page
    assert waiting().post("/login/code/", {"code": codes[3]}).status_code == 422


def test_the_code_has_to_come_in_time_and_for_the_same_password(alice: User) -> None:
    phone, _ = set_up(alice)
    assert Client().get("/login/code/").headers["Location"] == "/login/"
    late = waiting()
    with time_machine.travel(timezone.now() + timezone.timedelta(minutes=6)):
        assert late.post("/login/code/", {"code": phone.code()}).headers["Location"] == "/login/"
    stale = waiting()
    alice.set_password("another-good-one")
    alice.save()
    assert stale.post("/login/code/", {"code": phone.code()}).headers["Location"] == "/login/"


def test_who_is_switched_off_meanwhile_stays_out(alice: User) -> None:
    phone, _ = set_up(alice)
    client = waiting()
    User.objects.update(is_active=False)
    assert client.post("/login/code/", {"code": phone.code()}).headers["Location"] == "/login/"


def test_wrong_codes_lock_as_wrong_passwords_do(alice: User) -> None:
    phone, _ = set_up(alice)
    client = waiting()
    answers = [client.post("/login/code/", {"code": phone.wrong()}) for _ in range(hub_settings.AXES_FAILURE_LIMIT)]
    assert answers[-1].status_code == 429
    assert client.post("/login/code/", {"code": phone.code()}).status_code == 429
    assert sign_in_by_form(Client(), "alice", "alice-password").status_code == 429


def test_there_is_no_way_round_it_by_the_admin_site(admin_person: User) -> None:
    phone, _ = set_up(admin_person)
    client = Client()
    given = {"username": "root", "password": "admin-password", "next": "/admin/"}
    assert client.post("/admin/login/", given).headers["Location"].startswith("/login/")
    assert client.get("/admin/").status_code == 302
    form = AdminAuthenticationForm(RequestFactory().post("/admin/login/"), data=given)
    assert not form.is_valid(), "Django's own form, wherever it came back, would let nobody in either"
    client.post("/login/?next=/admin/", given)
    assert client.post("/login/code/", {"code": phone.code()}).headers["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_it_is_set_up_with_a_picture_or_a_key_and_gives_codes_once(alice: User, sign_in: SignIn) -> None:
    client = sign_in(alice)
    assert "your password alone signs you in" in client.get("/account/").content.decode()
    page = client.get(PAGE).content.decode()
    assert "<svg role=" in page
    assert " style=" not in page
    key = re.search(r'class="code key"[^>]*>([A-Z2-7 ]+)<', page)
    assert key
    phone = Phone(key[1].replace(" ", ""))
    [begun] = re.findall(r'name="begun" value="(\w+)"', page)
    wrong = client.post(PAGE, {**MINE, "begun": begun, "code": phone.wrong()}).content.decode()
    assert key[1] in wrong, "the picture stays the same"
    assert "scan it once more" not in wrong
    assert client.post(PAGE, {"begun": begun, "code": phone.code(-1)}).status_code == 422, "it takes the password, too"
    stolen = client.post(PAGE, {"password": "guess", "begun": begun, "code": phone.code(-1)})
    assert "This is not your password." in stolen.content.decode()
    done = client.post(PAGE, {**MINE, "code": phone.code(-1)})
    codes = re.findall(r"<li>([a-z2-9-]{19})</li>", done.content.decode())
    assert len(codes) == 10
    assert done.headers["Cache-Control"] == "no-store, private"
    after = client.get(PAGE).content.decode()
    assert codes[0] not in after
    assert "10 recovery codes left" in after
    renewed = client.post(PAGE, {"deed": "renew", "code": codes[0]}).content.decode()
    assert len(re.findall(r"<li>[a-z2-9-]{19}</li>", renewed)) == 10
    assert codes[1] not in renewed
    assert client.post(PAGE, {"deed": "renew", "code": phone.wrong()}).status_code == 422


def test_a_key_that_somebody_else_may_have_seen_is_not_the_one_that_is_confirmed(alice: User, sign_in: SignIn) -> None:
    thief, owner = sign_in(alice), sign_in(alice)

    def shown(page: str) -> dict[str, str]:
        [key] = re.findall(r'class="code key"[^>]*>([A-Z2-7 ]+)<', page)
        [begun] = re.findall(r'name="begun" value="(\w+)"', page)
        return {"key": key.replace(" ", ""), "begun": begun}

    before = shown(thief.get(PAGE).content.decode())
    mine = shown(owner.get(PAGE).content.decode())
    assert mine["key"] != before["key"]
    between = shown(thief.get(PAGE).content.decode())
    refused = owner.post(PAGE, {**MINE, "begun": mine["begun"], "code": Phone(mine["key"]).code()})
    assert refused.status_code == 422
    assert "scan it once more" in refused.content.decode()
    anew = shown(refused.content.decode())
    assert anew["key"] not in (before["key"], between["key"])
    done = owner.post(PAGE, {**MINE, "begun": anew["begun"], "code": Phone(anew["key"]).code()})
    assert len(re.findall(r"<li>[a-z2-9-]{19}</li>", done.content.decode())) == 10


def test_it_is_switched_off_by_password_and_code(alice: User, sign_in: SignIn) -> None:
    phone, _ = set_up(alice)
    client = sign_in(alice)
    wrong = client.post(PAGE, {"deed": "end", "password": "guess", "code": phone.code()})
    assert "This is not your password." in wrong.content.decode()
    assert client.post(PAGE, {"deed": "end", "password": "alice-password", "code": phone.wrong()}).status_code == 422
    done = client.post(PAGE, {"deed": "end", "password": "alice-password", "code": phone.code()})
    assert done.headers["Location"] == "/account/"
    assert not two_factor_on(alice)


@pytest.mark.parametrize("setting", ["staff", "all"])
def test_where_it_is_demanded_nothing_else_opens(
    alice: User, admin_person: User, sign_in: SignIn, settings: object, setting: str
) -> None:
    settings.REQUIRE_TOTP = setting  # type: ignore[attr-defined]
    client = sign_in(admin_person)
    for path in ("/", "/account/", "/admin/", "/servers/1/", "/nowhere/"):
        assert client.get(path).headers.get("Location") == PAGE, path
    assert client.get("/", headers={"HX-Request": "true"}).headers["HX-Redirect"] == PAGE
    assert client.get("/live/").status_code == 204
    page = client.get(PAGE).content.decode()
    assert "This hub demands two-factor sign-in" in page
    assert sign_in(alice).get("/channels/").status_code == (302 if setting == "all" else 200)
    assert Client().get("/login/").status_code == 200
    set_up(admin_person)
    assert client.get("/channels/").status_code == 200
    assert client.post("/logout/").headers["Location"] == "/login/"
