"""The pages of people and groups."""

import re

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client

from tests.accounts.phone import set_up
from tests.web.conftest import SignIn
from tests.web.test_session import sign_in_by_form
from tests.websites.sites import website
from virtadmin.accounts.models import User
from virtadmin.accounts.two_factor import two_factor_on
from virtadmin.servers.models import Server


@pytest.fixture
def admin(admin_person: User, sign_in: SignIn) -> Client:
    return sign_in(admin_person)


def test_everybody_is_listed_with_role_groups_and_two_factor(admin: Client, alice: User, bob: User) -> None:
    set_up(alice)
    bob.groups.add(Group.objects.create(name="team"))
    shown = admin.get("/people/").content.decode()
    assert [word for word in ("alice", "bob", "root", "Operator", "team", "you") if word not in shown] == []
    assert shown.count("#sign-done") == 1
    for query, found in {"q=team": ["bob"], "role=operator": ["alice"], "q=alice@": ["alice"], "q=xyz": []}.items():
        page = admin.get(
            f"/people/?{query}", headers={"HX-Request": "true", "HX-Target": "div#people"}
        ).content.decode()
        assert re.findall(r'<h2><a href="/people/[^"]+">(\w+)<', page) == found, query


@pytest.mark.parametrize(
    "path", ["/people/", "/people/invite/", "/people/groups/", "/people/groups/1/", "/people/{alice}/"]
)
def test_others_may_not_look(alice: User, bob: User, sign_in: SignIn, path: str) -> None:
    assert sign_in(alice).get(path.format(alice=alice.uuid)).status_code == 403
    assert sign_in(bob).get(path.format(alice=alice.uuid)).status_code == 403


def test_who_is_invited_sets_a_password_and_signs_in(admin: Client, settings: object) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"  # type: ignore[attr-defined]
    team = Group.objects.create(name="team")
    given = {"username": "dora", "email": "dora@example.org", "role": "operator", "groups": [team.pk]}
    page = admin.post("/people/invite/", given).content.decode()
    [path] = re.findall(r'value="http://testserver(/password/[^"]+/)"', page)
    assert "It was sent to dora@example.org." in page
    assert path in mail.outbox[0].body
    dora = User.objects.get(username="dora")
    assert (dora.role, [*dora.groups.all()], dora.has_usable_password()) == ("operator", [team], False)
    assert "have not set one yet" in admin.get(f"/people/{dora.uuid}/").content.decode()
    stranger = Client()
    form = stranger.get(path)
    assert "dora" in form.content.decode()
    assert "no-store" in form.headers["Cache-Control"]
    for new, again, told in (
        ("a-good-password", "another", "The two are not the same."),
        ("dora", "dora", "too short"),
    ):
        answer = stranger.post(path, {"new_password": new, "again": again})
        assert answer.status_code == 422
        assert told in answer.content.decode()
    done = stranger.post(path, {"new_password": "a-good-password", "again": "a-good-password"}, follow=True)
    assert "Your password is set. Sign in as dora." in done.content.decode()
    assert stranger.get(path).status_code == 404
    assert "used already, or is too old" in stranger.get(path).content.decode()
    assert sign_in_by_form(stranger, "dora", "a-good-password").headers["Location"] == "/"


def test_a_wrong_invitation_is_told_beside_the_field_and_nothing_is_lost(admin: Client, alice: User) -> None:
    page = admin.post("/people/invite/", {"username": "alice", "email": "a@example.org", "role": "viewer"})
    assert page.status_code == 422
    assert 'id="id_username_error"' in page.content.decode()
    assert 'value="a@example.org"' in page.content.decode()


def test_role_groups_and_being_let_in_are_changed(admin: Client, alice: User, sign_in: SignIn) -> None:
    hers = sign_in(alice)
    team = Group.objects.create(name="team")
    path = f"/people/{alice.uuid}/"
    admin.post(path, {"role": "viewer", "groups": [team.pk], "email": "new@example.org", "is_active": "on"})
    alice.refresh_from_db()
    assert (alice.role, alice.email, [*alice.groups.all()]) == ("viewer", "new@example.org", [team])
    assert hers.get("/channels/").status_code == 200
    admin.post(path, {"role": "viewer", "email": "new@example.org"})
    assert hers.get("/channels/").status_code == 302
    assert "switched off" in admin.get("/people/").content.decode()
    refused = admin.post(f"{path}link/", follow=True).content.decode()
    assert "Switch it on first" in refused


@pytest.mark.parametrize("change", [{"role": "admin"}, {"role": "viewer", "is_active": "on"}])
def test_the_last_admin_cannot_be_locked_out(admin: Client, admin_person: User, change: dict[str, str]) -> None:
    page = admin.post(f"/people/{admin_person.uuid}/", change)
    assert "Somebody has to stay an admin" in page.content.decode()
    admin_person.refresh_from_db()
    assert (admin_person.role, admin_person.is_active) == ("admin", True)


def test_a_lost_password_and_a_lost_phone(admin: Client, alice: User) -> None:
    set_up(alice)
    page = admin.post(f"/people/{alice.uuid}/link/").content.decode()
    assert re.search(r"http://testserver/password/[\w-]{43}/", page)
    assert "sent to" not in page
    assert "Switch it off for them" in admin.get(f"/people/{alice.uuid}/").content.decode()
    done = admin.post(f"/people/{alice.uuid}/two-factor/", follow=True).content.decode()
    assert "Two-factor sign-in of alice is off" in done
    assert not two_factor_on(alice)


def test_staff_may_look_where_a_permission_lets_them_and_change_nothing(
    alice: User, bob: User, sign_in: SignIn
) -> None:
    for name in ("view_user", "change_user", "add_user"):
        alice.user_permissions.add(_permission(name))
    client = sign_in(alice)
    page = client.get(f"/people/{bob.uuid}/").content.decode()
    assert "Make a link" not in page
    assert "Only admins change accounts" in client.post(f"/people/{bob.uuid}/link/", follow=True).content.decode()
    assert "Only admins change accounts" in client.post(f"/people/{bob.uuid}/two-factor/", follow=True).content.decode()
    refused = client.post("/people/invite/", {"username": "eve", "role": "admin"})
    assert "Only admins change accounts" in refused.content.decode()
    assert not User.objects.filter(username="eve").exists()


def test_unknown_people_are_not_found(admin: Client, db: None) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    assert admin.get(f"/people/{nobody}/").status_code == 404
    assert admin.get("/people/groups/999/").status_code == 404


def test_a_group_shares_servers_and_websites(
    admin: Client, alice: User, charlie: User, web1: Server, sign_in: SignIn
) -> None:
    shop = website(alice, "https://shop.example.org/", name="shop")
    theirs = sign_in(charlie)
    assert theirs.get(f"/servers/{web1.pk}/").status_code == 404
    made = admin.post("/people/groups/", {"name": "team", "members": [charlie.pk]})
    path = made.headers["Location"]
    for what in ("WEB1", "https://shop.example.org/"):
        assert admin.post(path, {"deed": "share", "what": what}).status_code == 302
    assert theirs.get(f"/servers/{web1.pk}/").status_code == 200
    page = admin.get(path).content.decode()
    assert [word for word in ("web1", "shop", "charlie") if word not in page] == []
    assert "1 member · 1 server · 1 website" in admin.get("/people/groups/").content.decode()
    assert "There is none." in admin.post(path, {"deed": "share", "what": "nothing"}).content.decode()
    website(alice, "https://other.example.org/", name="web1")
    assert "There are several" in admin.post(path, {"deed": "share", "what": "web1"}).content.decode()
    admin.post(f"{path}unshare/server/{web1.pk}/")
    admin.post(f"{path}unshare/website/{shop.pk}/")
    assert theirs.get(f"/servers/{web1.pk}/").status_code == 404
    assert "Nothing yet." in admin.get(path).content.decode()


def test_a_group_is_renamed_emptied_and_deleted(admin: Client, bob: User, web1: Server) -> None:
    row = Group.objects.get(name="web people")
    path = f"/people/groups/{row.pk}/"
    admin.post(path, {"deed": "group", "name": "site people"})
    row.refresh_from_db()
    assert (row.name, [*row.user_set.all()]) == ("site people", [])
    assert admin.post(path, {"deed": "group", "name": " "}).status_code == 422
    Group.objects.create(name="taken")
    assert "of this name already" in admin.post("/people/groups/", {"name": "taken"}).content.decode()
    admin.post(f"{path}delete/")
    assert [group.name for group in Group.objects.all()] == ["taken"]
    assert Server.objects.filter(pk=web1.pk).exists()


def _permission(name: str) -> object:
    from django.contrib.auth.models import Permission

    return Permission.objects.get(codename=name, content_type__app_label="accounts")
