"""The admin site: every model, by the same services, limited as everywhere."""

from datetime import datetime

import pytest
from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from knox.models import AuthToken

from tests.web.conftest import SignIn
from tests.web.fleet import watched
from tests.websites.sites import website
from virtadmin.accounts.models import User
from virtadmin.accounts.roles import Role
from virtadmin.alerting.models import (
    Incident,
    MaintenanceWindow,
    Recipients,
    Silence,
    Threshold,
    ThresholdTemplate,
)
from virtadmin.notifications.models import BotUserLink, Delivery, Notification, UserChannel
from virtadmin.servers.models import InitialServerProfile, Server, Tag, UnknownSystem
from virtadmin.websites.models import Url

MODELS = [
    User, Group, AuthToken, LogEntry, Server, InitialServerProfile, Tag, UnknownSystem, Threshold, Incident,
    Notification, Delivery, UserChannel, BotUserLink, Silence, MaintenanceWindow, Recipients, ThresholdTemplate, Url,
]  # fmt: skip
PROFILE = {"ip_address": "192.0.2.60", "port": "22", "username": "root", "password": "root-secret"}


def address(model: type, page: str = "changelist", *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def everything(alice: User, admin_person: User, web1: Server) -> Server:
    """A row of every model."""
    web1.tags.add(Tag.objects.create(name="shop"))
    InitialServerProfile.objects.create(
        owner=alice, server=web1, ip_address="192.0.2.10", password="s3cret-entered", log="It <began>.\n"
    )
    UnknownSystem.objects.create(owner=alice, ip_address="192.0.2.61", system="Plan 9", tried="uname: nothing")
    Incident.objects.create(server=web1, kind="cpu_usage", limit=80, value=93, peak=97)
    note = Notification.objects.create(recipient=admin_person, server=web1, kind="x", title="told")
    Delivery.objects.create(notification=note, channel="email", status="given_up", error="550 no such person")
    AuthToken.objects.create(user=alice)
    Silence.objects.create(owner=alice, server=web1)
    MaintenanceWindow.objects.create(owner=alice, name="patches", server=web1, zone="UTC", month_day=1, start="02:30")
    Recipients.objects.create(owner=alice, server=web1).users.add(alice)
    ThresholdTemplate.objects.create(owner=alice, name="shop", tag=Tag.objects.get(), cpu_usage=80)
    chat = UserChannel.objects.create(user=alice, kind="telegram", label="web")
    website(alice, name="web1", server=web1, username="web", password="s3cret-entered")
    BotUserLink.objects.create(user=alice, platform="telegram", conversation="5", title="web", channel=chat)
    return web1


def test_it_is_our_own_site() -> None:
    assert type(admin.site._wrapped if hasattr(admin.site, "_wrapped") else admin.site).__name__ != "AdminSite"
    assert {model for model in MODELS if not admin.site.is_registered(model)} == set()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_an_admin_can_list_search_and_open_everything(
    model: type, everything: Server, admin_person: User, sign_in: SignIn
) -> None:
    client = sign_in(admin_person)
    listed = client.get(address(model))
    assert listed.status_code == 200
    assert client.get(address(model), {"q": "web"}).status_code == 200
    row = model.objects.first()
    page = client.get(address(model, "change", row.pk)).content.decode()
    assert "s3cret-entered" not in page + listed.content.decode()
    assert str(row.pk) in page or str(row) in page


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_staff_with_the_role_of_a_viewer_change_nothing(
    model: type, everything: Server, bob: User, sign_in: SignIn
) -> None:
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    client, row = sign_in(bob), model.objects.first()
    assert client.get(address(model)).status_code in (200, 403)
    for page in (address(model, "change", row.pk), address(model, "delete", row.pk)):
        assert client.post(page, {"post": "yes", "name": "taken"}).status_code in (302, 403), page
    assert model.objects.filter(pk=row.pk).exists()


def test_only_admins_change_accounts(charlie: User, alice: User, sign_in: SignIn) -> None:
    User.objects.filter(pk=charlie.pk).update(is_staff=True)
    assert sign_in(charlie).get(address(User, "change", alice.pk)).status_code == 403


def server_form(server: Server, **changed: object) -> dict[str, object]:
    threshold = server.threshold
    limits = ("cpu_usage", "ram_usage", "hdd_usage", "network_in_usage", "network_out_usage", "window")
    return {
        "name": server.name, "interval": server.interval, "link_speed": "", "enabled": "on", "parent": "",
        "threshold-TOTAL_FORMS": 1, "threshold-INITIAL_FORMS": 1, "threshold-0-server": server.pk,
        "threshold-0-id": threshold.pk, **{f"threshold-0-{name}": getattr(threshold, name) for name in limits},
        "profiles-TOTAL_FORMS": 0, "profiles-INITIAL_FORMS": 0, **changed,
    }  # fmt: skip


def test_a_server_is_changed_by_the_service_with_its_limits(
    everything: Server, admin_person: User, sign_in: SignIn
) -> None:
    client, page = sign_in(admin_person), address(Server, "change", everything.pk)
    group, tag = Group.objects.create(name="more"), Tag.objects.create(name="blue")
    sent = server_form(
        everything, name="front", interval=10, tags=[tag.pk], groups=[group.pk], **{"threshold-0-cpu_usage": 55}
    )
    assert client.post(page, sent).status_code == 302
    server = Server.objects.get()
    assert (server.name, server.interval, [str(row) for row in server.tags.all()]) == ("front", 10, ["blue"])
    assert [str(row) for row in server.groups.all()] == ["more"]
    assert server.threshold.cpu_usage == 55
    entry = LogEntry.objects.get_for_object(server).filter(changes__has_key="name").latest()
    assert entry.actor == admin_person
    assert "private_key" not in str([row.changes for row in LogEntry.objects.all()])


def test_what_a_service_refuses_is_told_beside_the_field_and_saves_nothing(
    everything: Server, admin_person: User, now: datetime, sign_in: SignIn
) -> None:
    child = watched(admin_person, "child", "192.0.2.62", now)
    Server.objects.filter(pk=child.pk).update(parent=everything)
    sent = server_form(everything, name="front", parent=child.pk, **{"threshold-0-cpu_usage": 55})
    page = sign_in(admin_person).post(address(Server, "change", everything.pk), sent)
    assert page.status_code == 200
    assert "A server cannot hang on itself." in page.content.decode()
    server = Server.objects.get(pk=everything.pk)
    assert (server.name, server.threshold.cpu_usage) == ("web1", 80)


def test_servers_are_paused_resumed_and_deleted_in_numbers(
    everything: Server, admin_person: User, now: datetime, sign_in: SignIn
) -> None:
    other = watched(admin_person, "other", "192.0.2.63", now)
    client, chosen = sign_in(admin_person), {"_selected_action": [everything.pk, other.pk]}
    client.post(address(Server), {**chosen, "action": "pause"})
    assert set(Server.objects.values_list("enabled", flat=True)) == {False}
    client.post(address(Server), {**chosen, "action": "resume"})
    assert set(Server.objects.values_list("enabled", flat=True)) == {True}
    said = client.post(address(Server), {**chosen, "action": "take_away"}, follow=True).content.decode()
    assert "Choose one server" in said
    one = client.post(address(Server), {"_selected_action": [other.pk], "action": "take_away"})
    assert one.headers["Location"] == f"/servers/{other.pk}/remove/"
    InitialServerProfile.objects.update(status="running")
    said = client.post(address(Server), {**chosen, "action": "delete_selected", "post": "yes"}, follow=True)
    assert "To remove it" in said.content.decode()
    assert "under way" in said.content.decode()
    assert list(Server.objects.all()) == [everything]


def test_adding_a_profile_starts_an_enrolment(admin_person: User, sign_in: SignIn) -> None:
    client = sign_in(admin_person)
    form = client.get(address(InitialServerProfile, "add")).content.decode()
    assert 'type="password" name="password"' in form.replace("\n", " ")
    answer = client.post(address(InitialServerProfile, "add"), PROFILE)
    profile = InitialServerProfile.objects.get()
    assert answer.status_code == 302
    assert (profile.owner, profile.password, profile.status) == (admin_person, "root-secret", "pending")
    page = client.get(address(InitialServerProfile, "change", profile.pk)).content.decode()
    assert "root-secret" not in page
    assert f'data-stream="/live/?profile={profile.pk}"' in page
    assert "web/admin_log.js" in page
    assert "root-secret" not in str([row.changes for row in LogEntry.objects.all()])


def test_a_profile_refused_says_why(admin_person: User, sign_in: SignIn) -> None:
    client = sign_in(admin_person)
    page = client.post(address(InitialServerProfile, "add"), {**PROFILE, "ip_address": "root@host"})
    assert page.status_code == 200
    assert not InitialServerProfile.objects.exists()
    client.post(address(InitialServerProfile, "add"), PROFILE)
    again = client.post(address(InitialServerProfile, "add"), PROFILE)
    assert "A run for this address is under way" in again.content.decode()


def test_a_profile_is_forgotten_by_the_service(everything: Server, admin_person: User, sign_in: SignIn) -> None:
    profile = InitialServerProfile.objects.get()
    sign_in(admin_person).post(address(InitialServerProfile, "delete", profile.pk), {"post": "yes"})
    assert not InitialServerProfile.objects.exists()


def test_limits_are_changed_and_reset(everything: Server, admin_person: User, sign_in: SignIn) -> None:
    client, threshold = sign_in(admin_person), everything.threshold
    sent = dict.fromkeys(("cpu_usage", "ram_usage", "hdd_usage", "network_in_usage", "network_out_usage"), 60)
    client.post(address(Threshold, "change", threshold.pk), {**sent, "window": 0})
    threshold.refresh_from_db()
    assert (threshold.cpu_usage, threshold.window) == (60, 0)
    client.post(address(Threshold), {"_selected_action": [threshold.pk], "action": "reset"})
    threshold.refresh_from_db()
    assert (threshold.cpu_usage, threshold.window) == (80, 300)
    assert client.get(address(Threshold, "delete", threshold.pk)).status_code == 403


def test_users_are_made_and_changed_by_the_service(admin_person: User, sign_in: SignIn) -> None:
    client = sign_in(admin_person)
    new = {"username": "dora", "email": "d@example.org", "role": "operator", "usable_password": "true"}
    short = client.post(address(User, "add"), {**new, "password1": "short", "password2": "short"})
    assert "too short" in short.content.decode()
    client.post(address(User, "add"), {**new, "password1": "long-enough-word", "password2": "long-enough-word"})
    dora = User.objects.get(username="dora")
    assert dora.check_password("long-enough-word")
    assert dora.role == Role.OPERATOR
    group = Group.objects.create(name="web people")
    right = Permission.objects.get(codename="add_tag")
    sent = {"username": "dora", "role": "viewer", "is_active": "on", "groups": [group.pk], "email": "new@example.org"}
    sent["user_permissions"] = [right.pk]
    client.post(address(User, "change", dora.pk), sent)
    dora.refresh_from_db()
    assert (dora.role, dora.email, list(dora.groups.all())) == ("viewer", "new@example.org", [group])
    assert dora.check_password("long-enough-word")
    assert dora.has_perm("servers.add_tag")


def test_staff_give_nobody_rights_and_not_themselves(alice: User, sign_in: SignIn) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    alice.user_permissions.set(
        Permission.objects.filter(codename__in=("view_user", "change_user", "view_group", "change_group"))
    )
    team = Group.objects.create(name="team")
    alice.groups.add(team)
    every = [right.pk for right in Permission.objects.all()]
    sent = {"username": "alice", "email": alice.email, "role": "operator", "is_active": "on", "is_staff": "on"}
    page = sign_in(alice).post(address(User, "change", alice.pk), {**sent, "user_permissions": every})
    assert "Only admins change accounts." in page.content.decode()
    assert alice.user_permissions.count() == 4
    assert (
        sign_in(alice).post(address(Group, "change", team.pk), {"name": "team", "permissions": every}).status_code
        == 403
    )
    assert not team.permissions.exists()


def test_ones_password_is_changed_on_the_page_of_all(admin_person: User, sign_in: SignIn) -> None:
    client = sign_in(admin_person)
    for answer in (client.get("/admin/password_change/"), client.post("/admin/password_change/", {})):
        assert answer.headers["Location"] == "/account/"


def test_the_last_admin_stays_one(admin_person: User, sign_in: SignIn) -> None:
    sent = {"username": "root", "role": "viewer", "is_active": "on"}
    page = sign_in(admin_person).post(address(User, "change", admin_person.pk), sent)
    assert "Somebody has to stay an admin" in page.content.decode()
    admin_person.refresh_from_db()
    assert admin_person.role == Role.ADMIN


def test_a_new_password_ends_the_tokens(admin_person: User, alice: User, sign_in: SignIn) -> None:
    AuthToken.objects.create(user=alice)
    form = {"password1": "another-long-word", "password2": "another-long-word", "usable_password": "true"}
    answer = sign_in(admin_person).post(f"/admin/accounts/user/{alice.pk}/password/", form)
    alice.refresh_from_db()
    assert answer.status_code == 302
    assert alice.check_password("another-long-word")
    assert not AuthToken.objects.exists()


def test_the_change_log_names_no_forged_address(admin_person: User, alice: User, web1: Server, sign_in: SignIn) -> None:
    client = sign_in(alice)
    sent = {"name": "front", "interval": "60", "metrics_enabled": ["cpu_usage"]}
    client.post(f"/servers/{web1.pk}/settings/", sent, headers={"X-Forwarded-For": "203.0.113.66"})
    entry = LogEntry.objects.get_for_object(web1).filter(changes__has_key="name").latest()
    assert (entry.actor, entry.remote_addr) == (alice, "127.0.0.1")
    alice.set_password("another-long-word")
    alice.save()
    assert alice.password not in str([row.changes for row in LogEntry.objects.get_for_object(alice)])


def test_staff_see_of_messages_their_own_and_of_deliveries_theirs(
    everything: Server, admin_person: User, bob: User, sign_in: SignIn
) -> None:
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    assert "550 no such person" in sign_in(admin_person).get(address(Delivery)).content.decode()
    assert "550 no such person" not in sign_in(bob).get(address(Delivery)).content.decode()
    assert "told" not in sign_in(bob).get(address(Notification)).content.decode()
