"""Making, changing and taking away status pages: rules, rights and the log of changes."""

from typing import Any

import pytest
from auditlog.models import LogEntry

from tests.websites.sites import website
from virtadmin.accounts.log import log_visible
from virtadmin.accounts.models import User
from virtadmin.core.errors import Conflict, InvalidInput, NotAllowed
from virtadmin.servers.models import Server
from virtadmin.statuspages import services
from virtadmin.statuspages.checks import LENGTH, LETTERS
from virtadmin.statuspages.models import StatusEntry, StatusPage
from virtadmin.statuspages.selectors import page_published, status_pages_visible
from virtadmin.statuspages.services import Entry, status_page_create, status_page_delete, status_page_update
from virtadmin.websites.models import Url


def lines(page: StatusPage) -> list[tuple[str, int | None, int | None, str | None]]:
    return [
        (entry.name, entry.url_id, entry.server_id, entry.tag and entry.tag.name)
        for entry in page.entries.select_related("tag").order_by("position")
    ]


def test_a_page_has_its_lines_in_their_order(page: StatusPage, shop: Url, mail: Server) -> None:
    assert lines(page) == [
        ("Shop", shop.pk, None, None),
        ("Mail", None, mail.pk, None),
        ("Blogs", None, None, "customers-of-acme"),
    ]
    assert (page.title, page.intro, page.slug, page.enabled, page.indexed) == (
        "Our status", "Hello\nthere", "ours", True, False,
    )  # fmt: skip


def test_an_address_nobody_chose_cannot_be_guessed(alice: User) -> None:
    slugs = {status_page_create(actor=alice, title="t").slug for _ in range(20)}
    assert len(slugs) == 20
    assert all(len(slug) == LENGTH and set(slug) <= set(LETTERS) for slug in slugs)


def test_a_changed_line_stays_the_same_row_and_its_change_is_logged(
    page: StatusPage, alice: User, shop: Url, mail: Server
) -> None:
    before = set(page.entries.values_list("pk", flat=True))
    status_page_update(page=page, actor=alice, entries=[Entry("Post", server=mail), Entry("Shop", url=shop)])
    assert [name for name, *_ in lines(page)] == ["Post", "Shop"]
    assert set(page.entries.values_list("pk", flat=True)) < before
    changes = LogEntry.objects.get_for_model(StatusEntry).filter(action=LogEntry.Action.UPDATE, actor=alice)
    assert {"name": ["Mail", "Post"]}.items() <= changes.get(changes__has_key="name").changes.items()
    assert LogEntry.objects.get_for_model(StatusEntry).get(action=LogEntry.Action.DELETE).object_repr == "Blogs"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 101}, "title"),
        ({"slug": "no blanks"}, "slug"),
        ({"slug": "-ends-"}, "slug"),
        ({"slug": "ab"}, "slug"),
        ({"slug": "x" * 61}, "slug"),
        ({"intro": "x" * 1001}, "intro"),
        ({"intro": "a\0b"}, "intro"),
        ({"owner": 1}, "owner"),
        ({"entries": [Entry("Nothing")]}, "entries"),
        ({"entries": [Entry("", tag="customers-of-acme")]}, "entries"),
        ({"entries": [Entry("Nowhere", tag="nowhere")]}, "entries"),
        ({"entries": [Entry("One", tag="customers-of-acme"), Entry("Two", tag="customers-of-acme")]}, "entries"),
        ({"entries": [Entry("x", tag="x")] * 201}, "entries"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(
    page: StatusPage, alice: User, given: dict[str, Any], field: str
) -> None:
    before = lines(page)
    with pytest.raises(InvalidInput) as refusal:
        status_page_update(page=StatusPage.objects.get(), actor=alice, **given)
    assert refusal.value.field == field
    stored = StatusPage.objects.get()
    assert (lines(stored), stored.title, stored.slug) == (before, "Our status", "ours")


def test_two_things_in_one_line_are_refused(page: StatusPage, alice: User, shop: Url, mail: Server) -> None:
    with pytest.raises(InvalidInput, match="Both: A line is for"):
        status_page_update(page=page, actor=alice, entries=[Entry("Both", url=shop, server=mail)])


def test_an_address_is_taken_once(page: StatusPage, charlie: User) -> None:
    with pytest.raises(InvalidInput) as refusal:
        status_page_create(actor=charlie, title="Mine", slug="OURS")
    assert refusal.value.field == "slug"


def test_what_one_may_not_see_cannot_be_put_on_a_page(
    shop: Url, mail: Server, charlie: User, admin_person: User
) -> None:
    for entry in (Entry("Shop", url=shop), Entry("Mail", server=mail), Entry("Blogs", tag="customers-of-acme")):
        with pytest.raises(InvalidInput):
            status_page_create(actor=charlie, title="Theirs", entries=[entry])
    theirs = status_page_create(actor=charlie, title="Theirs")
    with pytest.raises(InvalidInput):  # nor by an admin, on a page whose owner may not
        status_page_update(page=theirs, actor=admin_person, entries=[Entry("Shop", url=shop)])


def test_an_admin_may_put_back_what_the_owner_does_not_see_any_more(
    alice: User, charlie: User, admin_person: User
) -> None:
    url = website(alice)
    page = status_page_create(actor=alice, title="t", entries=[Entry("Shop", url=url)])
    Url.objects.filter(pk=url.pk).update(owner=charlie)
    status_page_update(page=page, actor=admin_person, entries=[Entry("Shop!", url=url)])
    assert [name for name, *_ in lines(page)] == ["Shop!"]


def test_viewers_make_none_and_strangers_touch_none(
    page: StatusPage, bob: User, charlie: User, alice: User, admin_person: User
) -> None:
    with pytest.raises(NotAllowed):
        status_page_create(actor=bob, title="t")
    for person in (bob, charlie):
        assert list(status_pages_visible(person)) == []
        with pytest.raises(NotAllowed):
            status_page_update(page=page, actor=person, title="t")
        with pytest.raises(NotAllowed):
            status_page_delete(page=page, actor=person)
    assert list(status_pages_visible(admin_person)) == [page] == list(status_pages_visible(alice))
    status_page_delete(page=page, actor=admin_person)
    assert not StatusEntry.objects.exists()


def test_nobody_makes_pages_without_end(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_PAGES", 1)
    status_page_create(actor=alice, title="t")
    with pytest.raises(Conflict):
        status_page_create(actor=alice, title="t")


def test_the_log_of_changes_is_read_by_the_owner_and_no_stranger(page: StatusPage, alice: User, charlie: User) -> None:
    about = ("status page", "status entry")
    status_page_update(page=page, actor=alice, enabled=False)
    seen = [entry for entry in log_visible(alice) if entry.content_type.name in about]
    assert {"enabled": ["True", "False"]} in [entry.changes for entry in seen]
    assert [entry for entry in log_visible(charlie) if entry.content_type.name in about] == []


def test_only_what_is_switched_on_of_an_account_that_is_is_published(page: StatusPage, alice: User) -> None:
    assert page_published("ours") == page
    assert page_published("OURS") is None
    assert page_published("other") is None
    StatusPage.objects.update(enabled=False)
    assert page_published("ours") is None
    StatusPage.objects.update(enabled=True)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert page_published("ours") is None
