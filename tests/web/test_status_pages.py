"""Making, changing and taking away status pages in the pages, without a script."""

from datetime import datetime

import pytest

from tests.statuspages.conftest import _nothing_kept, blogs, mail, page, shop  # noqa: F401  # used by their names
from tests.web.conftest import SignIn
from virtadmin.accounts.models import User
from virtadmin.servers.models import Server, Tag
from virtadmin.statuspages.models import StatusPage
from virtadmin.web.forms import status_page as form_module
from virtadmin.websites.models import Url


def lines(page: StatusPage) -> list[str]:  # noqa: F811
    return list(page.entries.order_by("position").values_list("name", flat=True))


def test_an_empty_list_teaches_and_offers_the_form_to_those_who_may(alice: User, bob: User, sign_in: SignIn) -> None:
    for person, may in ((alice, True), (bob, False)):
        shown = sign_in(person).get("/status-pages/").content.decode()
        assert "Tell people what runs" in shown
        assert ("/status-pages/add/" in shown) == may


def test_a_page_is_made_of_what_was_given_a_public_name(
    alice: User, shop: Url, mail: Server, blogs: list[Url], sign_in: SignIn  # noqa: F811
) -> None:  # fmt: skip
    client = sign_in(alice)
    form = client.get("/status-pages/add/").content.decode()
    tag = Tag.objects.get(name="customers-of-acme")
    for key in (f"url-{shop.pk}", f"server-{mail.pk}", f"tag-{tag.pk}", *(f"url-{blog.pk}" for blog in blogs)):
        assert f'name="name-{key}"' in form
    sent = {
        "title": "Ours", "slug": "", "intro": "", "enabled": "on", f"name-url-{shop.pk}": "Shop",
        f"name-server-{mail.pk}": "  ", f"name-tag-{tag.pk}": "Blogs",
    }  # fmt: skip
    answer = client.post("/status-pages/add/", sent)
    made = StatusPage.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/status-pages/{made.pk}/")
    assert (made.title, lines(made), len(made.slug)) == ("Ours", ["Shop", "Blogs"], 20)
    shown = client.get(answer["Location"]).content.decode()
    assert f"http://testserver/status/{made.slug}/badge.svg" in shown
    assert f'value="[![Status](http://testserver/status/{made.slug}/badge.svg)]' in shown
    assert client.get("/status-pages/").content.decode().count("Shop · Blogs") == 1


def test_lines_are_renamed_sorted_and_taken_off(
    alice: User, page: StatusPage, shop: Url, mail: Server, sign_in: SignIn  # noqa: F811
) -> None:  # fmt: skip
    tag = Tag.objects.get(name="customers-of-acme")
    sent = {
        "title": "Our status", "slug": "ours", f"name-url-{shop.pk}": "", f"name-server-{mail.pk}": "Post",
        f"place-server-{mail.pk}": "9", f"name-tag-{tag.pk}": "Blogs", f"place-tag-{tag.pk}": "2",
    }  # fmt: skip
    assert sign_in(alice).post(f"/status-pages/{page.pk}/", sent).status_code == 302
    page.refresh_from_db()
    assert (lines(page), page.enabled) == (["Blogs", "Post"], False)
    shown = sign_in(alice).get(f"/status-pages/{page.pk}/").content.decode()
    assert "badge.svg" not in shown
    assert "Switched off" in sign_in(alice).get("/status-pages/").content.decode()


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    alice: User, page: StatusPage, shop: Url, sign_in: SignIn  # noqa: F811
) -> None:  # fmt: skip
    sent = {"title": "New", "slug": "no blanks!", f"name-url-{shop.pk}": "Typed", f"place-url-{shop.pk}": "x"}
    answer = sign_in(alice).post(f"/status-pages/{page.pk}/", sent)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_slug_error">3 to 60 small letters' in shown
    assert all(f'value="{typed}"' in shown for typed in ("New", "no blanks!", "Typed", "x"))
    page.refresh_from_db()
    assert (page.title, lines(page)) == ("Our status", ["Shop", "Mail", "Blogs"])


def test_what_is_wrong_with_a_line_names_it(alice: User, shop: Url, sign_in: SignIn) -> None:  # noqa: F811
    sent = {"title": "t", f"name-url-{shop.pk}": "x" * 101}
    answer = sign_in(alice).post("/status-pages/add/", sent)
    assert answer.status_code == 422
    assert "100 characters at most" in answer.content.decode()
    assert not StatusPage.objects.exists()


def test_removing_asks_first(alice: User, page: StatusPage, sign_in: SignIn) -> None:  # noqa: F811
    client = sign_in(alice)
    assert "will find nothing there any more" in client.get(f"/status-pages/{page.pk}/remove/").content.decode()
    assert StatusPage.objects.exists()
    answer = client.post(f"/status-pages/{page.pk}/remove/", follow=True)
    assert "Our status is gone." in answer.content.decode()
    assert not StatusPage.objects.exists()


def test_an_admin_changes_somebodys_page_with_what_that_one_may_see(
    admin_person: User, charlie: User, page: StatusPage, now: datetime, sign_in: SignIn  # noqa: F811
) -> None:  # fmt: skip
    from tests.web.sites import checked

    theirs = checked(charlie, "https://theirs.example/", now)
    client = sign_in(admin_person)
    assert "by alice" in client.get("/status-pages/").content.decode()
    assert f"url-{theirs.pk}" not in client.get(f"/status-pages/{page.pk}/").content.decode()
    assert f"url-{theirs.pk}" in client.get("/status-pages/add/").content.decode()


def test_what_is_on_the_page_is_listed_however_much_there_is(
    alice: User, page: StatusPage, shop: Url, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    monkeypatch.setattr(form_module, "LISTED", 1)
    shown = sign_in(alice).get(f"/status-pages/{page.pk}/").content.decode()
    assert shown.count('class="place"') == 3
    assert shown.count('name="name-url-') == 2


def test_the_websites_lead_there(alice: User, sign_in: SignIn) -> None:
    assert 'href="/status-pages/"' in sign_in(alice).get("/websites/").content.decode()


def test_the_admin_site_shows_its_lines_and_changes_it_by_the_service(
    admin_person: User, page: StatusPage, sign_in: SignIn  # noqa: F811
) -> None:  # fmt: skip
    client = sign_in(admin_person)
    address = f"/admin/statuspages/statuspage/{page.pk}/change/"
    shown = client.get(address).content.decode()
    assert "shop-internal" in shown
    assert "our" in client.get("/admin/statuspages/statuspage/").content.decode()
    inlines = {f"entries-{name}": value for name, value in (("TOTAL_FORMS", "0"), ("INITIAL_FORMS", "0"))}
    wrong = client.post(address, {"title": "t", "slug": "no blanks", **inlines})
    assert "small letters, digits and hyphens" in wrong.content.decode()
    client.post(address, {"title": "Renamed", "slug": "renamed", "indexed": "on", **inlines})
    page.refresh_from_db()
    assert (page.title, page.slug, page.enabled, page.indexed) == ("Renamed", "renamed", False, True)
    assert len(lines(page)) == 3
    client.post("/admin/statuspages/statuspage/add/", {"title": "By an admin", "slug": "theirs", **inlines})
    assert StatusPage.objects.get(slug="theirs").owner == admin_person
    client.post(f"/admin/statuspages/statuspage/{page.pk}/delete/", {"post": "yes"})
    assert not StatusPage.objects.filter(pk=page.pk).exists()
