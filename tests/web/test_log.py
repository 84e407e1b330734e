"""The log of changes in the page."""

import re

import pytest
from auditlog.models import LogEntry
from django.test import Client

from tests.web.conftest import SignIn
from virtadmin.accounts.acting import acting
from virtadmin.accounts.models import User
from virtadmin.servers.models import Server
from virtadmin.servers.services import server_update

ASKED = {"HX-Request": "true", "HX-Target": "div#changes"}


@pytest.fixture
def changed(alice: User, web1: Server) -> Server:
    """Alice's server, which she renamed, asks more seldom, and tagged."""
    LogEntry.objects.all().delete()
    server_update(server=web1, actor=alice, name="web-one", interval=300, tags=["prod"])
    return web1


def page(client: Client, query: str = "") -> str:
    return client.get(f"/log/{query}", headers=ASKED).content.decode()


def test_it_tells_who_changed_what_from_what_to_what(alice: User, changed: Server, sign_in: SignIn) -> None:
    shown = page(sign_in(alice))
    assert "<b>alice</b> changed server" in shown
    assert f'<a href="/servers/{changed.pk}/">' in shown
    for before, after in (("web1", "web-one"), ("60", "300")):
        assert re.search(rf"<del>{before}</del>.*?<ins>{after}</ins>", shown, re.DOTALL), after
    assert re.search(r"<del>nothing</del>.*?<ins>prod</ins>", shown, re.DOTALL)


def test_what_is_named_by_a_key_is_called_by_its_name_to_who_may_see_it(
    alice: User, bob: User, web1: Server, sign_in: SignIn
) -> None:
    secret = Server.objects.create(name="the-hypervisor", ip_address="192.0.2.9", owner=alice)
    gone = Server.objects.create(name="the-old-one", ip_address="192.0.2.8", owner=alice)
    server_update(server=web1, actor=alice, parent=gone)
    LogEntry.objects.all().delete()
    server_update(server=web1, actor=alice, parent=secret)
    number = gone.pk
    gone.delete()
    before = rf"<del>no. {number}</del>.*?"
    assert re.search(rf"{before}<ins>the-hypervisor</ins>", page(sign_in(alice)), re.DOTALL)
    to_bob = page(sign_in(bob))
    assert re.search(rf"{before}<ins>no. {secret.pk}</ins>", to_bob, re.DOTALL)
    assert "the-hypervisor" not in to_bob


def test_people_read_of_what_they_see_and_did_and_of_nothing_else(
    alice: User, bob: User, charlie: User, admin_person: User, changed: Server, sign_in: SignIn
) -> None:
    for person, reads in ((alice, True), (bob, True), (charlie, False), (admin_person, True)):
        assert ("web-one" in page(sign_in(person))) is reads, person
    with acting(admin_person):
        charlie.first_name = "Charles"
        charlie.save()
    assert "Charles" not in page(sign_in(alice))
    assert "Charles" in page(sign_in(admin_person))


def test_secrets_never_only_that_they_changed(alice: User, admin_person: User, sign_in: SignIn) -> None:
    LogEntry.objects.all().delete()
    alice.set_password("another-good-one")
    alice.save()
    shown = page(sign_in(admin_person))
    assert re.search(r"<dt>Password</dt><dd><i>changed</i>", shown)
    assert "••" not in shown
    assert "md5" not in shown


def test_it_is_narrowed_by_person_kind_object_and_days(
    alice: User, admin_person: User, changed: Server, sign_in: SignIn
) -> None:
    with acting(admin_person):
        alice.first_name = "Al"
        alice.save()
    client = sign_in(admin_person)
    day = f"{LogEntry.objects.latest('timestamp').timestamp:%Y-%m-%d}"
    for query, web, al in (
        ("?person=alice", True, False),
        ("?person=root", False, True),
        ("?person=-", False, False),
        ("?kind=servers.server", True, False),
        ("?q=web", True, False),
        (f"?since={day}", True, True),
        (f"?until={day}", True, True),
        ("?since=2100-01-01", False, False),
        ("?until=2000-01-01", False, False),
        ("?since=2026-99-99&until=x&kind=none", False, False),
    ):
        shown = page(client, query)
        assert ("web-one" in shown, "<ins>Al</ins>" in shown) == (web, al), query
    whole = client.get("/log/?person=alice&q=web").content.decode()
    assert '<option value="alice" selected>' in whole
    assert 'value="web"' in whole


def test_what_is_gone_is_named_and_not_linked(alice: User, changed: Server, sign_in: SignIn) -> None:
    client = sign_in(alice)
    with acting(alice):
        changed.delete()
    shown = page(client)
    assert "deleted server" in shown
    assert f"/servers/{changed.pk}/" not in shown


def test_pages_keep_what_was_asked(admin_person: User, changed: Server, sign_in: SignIn) -> None:
    for _ in range(60):
        LogEntry.objects.log_create(changed, force_log=True, action=LogEntry.Action.UPDATE, changes={})
    shown = page(sign_in(admin_person), "?kind=servers.server")
    assert 'href="?kind=servers.server&amp;page=2"' in shown
    assert "Older" in shown


def test_nothing_yet_and_nothing_that_fits(charlie: User, sign_in: SignIn) -> None:
    client = sign_in(charlie)
    LogEntry.objects.all().delete()
    assert "Nothing was changed yet." in page(client)
    assert "Nothing fits that." in page(client, "?q=x")


def test_long_values_are_cut_and_odd_ones_are_told(admin_person: User, changed: Server, sign_in: SignIn) -> None:
    LogEntry.objects.all().delete()
    LogEntry.objects.log_create(
        changed,
        force_log=True,
        action=LogEntry.Action.UPDATE,
        changes={"name": ["x" * 400, "None"], "gone_field": ["True", "False"]},
    )
    shown = page(sign_in(admin_person))
    assert f"{'x' * 300}…" in shown
    assert re.search(r"Gone field</dt><dd><del>yes</del>.*?<ins>no</ins>", shown, re.DOTALL)


def test_the_number_of_queries_does_not_grow_with_the_entries(
    admin_person: User, changed: Server, sign_in: SignIn, django_assert_max_num_queries: object
) -> None:
    for number in range(40):
        LogEntry.objects.log_create(
            changed, force_log=True, action=LogEntry.Action.UPDATE, changes={"name": ["a", str(number)]}
        )
    client = sign_in(admin_person)
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        client.get("/log/")
