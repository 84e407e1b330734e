"""Adding and changing a website, and trying it before anything is saved."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group

from tests.collector.websites.local_sites import LocalSites, local_sites
from tests.web.conftest import SignIn
from tests.websites.sites import website
from virtadmin.accounts.models import User
from virtadmin.servers.models import Server
from virtadmin.web.forms.website import GROUPS, WebsiteForm
from virtadmin.websites.models import Url
from virtadmin.websites.trying import url_try

USUAL = {
    "uri": "https://shop.example.org/", "expected_statuses": "200-299", "interval": "60", "timeout": "10",
    "confirmations": "3", "method": "GET", "check_status_code": "on", "check_ssl": "on", "verify_tls": "on",
    "follow_redirects": "on",
}  # fmt: skip
"""What a browser sends of the form as it comes, with an address typed."""
BY_HTMX = {"HX-Request": "true", "HX-Target": "form#website-form"}


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("virtadmin.servers.dispatch.current_app.send_task", lambda *_, **__: None)


@pytest.fixture
def sites() -> Iterator[LocalSites]:
    with local_sites() as running:
        yield running


def test_an_address_is_enough(alice: User, sign_in: SignIn) -> None:
    answer = sign_in(alice).post("/websites/add/", {**USUAL, "uri": "shop.example.org/health"})
    made = Url.objects.get()
    assert answer.headers["Location"] == f"/websites/{made.pk}/"
    assert (made.uri, made.owner, made.interval) == ("https://shop.example.org/health", alice, 60)
    assert (made.verify_tls, made.private_allowed, made.state.status) == (True, False, "pending")


def test_everything_else_can_be_said(admin_person: User, web1: Server, sign_in: SignIn) -> None:
    said = {
        **USUAL, "uri": "http://127.0.0.1:8080/", "name": "Shop", "tags": "sale,  shop", "server": str(web1.pk),
        "groups": [str(Group.objects.get().pk)], "expected_statuses": "200, 401", "text_present": " Welcome ",
        "text_absent": "Fatal", "interval": "30", "timeout": "5", "confirmations": "1", "method": "POST",
        "body": "a\r\nb", "headers": "Accept: x\r\n", "secret_headers": "X-Key: hidden", "username": "monitor",
        "password": " blank ", "private_allowed": "on",
    }  # fmt: skip
    del said["follow_redirects"], said["verify_tls"]
    assert sign_in(admin_person).post("/websites/add/", said).status_code == 302
    made = Url.objects.get()
    assert (made.name, made.server, made.interval, made.method, made.body) == ("Shop", web1, 30, "POST", "a\nb")
    assert (made.text_present, made.expected_statuses) == (" Welcome ", "200, 401")
    assert (made.headers, made.secret_headers) == ({"Accept": "x"}, '{"X-Key": "hidden"}')
    assert (made.password, made.follow_redirects, made.verify_tls) == (" blank ", False, False)
    assert sorted(tag.name for tag in made.tags.all()) == ["sale", "shop"]
    assert (made.private_allowed, made.groups.count()) == (True, 1)


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"uri": ""}, "uri", "This field is required."),
        ({"uri": "ftp://x.example/"}, "uri", "http:// or https://"),
        ({"uri": "https://user:pw@x.example/"}, "uri", "fields of their own"),
        ({"uri": "http://10.0.0.1/"}, "uri", "a private address"),
        ({"expected_statuses": "banana"}, "expected_statuses", "200-299, 401"),
        ({"interval": "1"}, "interval", "greater than or equal to 5"),
        ({"headers": "no header"}, "headers", "Line 1 is no header"),
        ({"secret_headers": "Host: x"}, "secret_headers", "set by the hub"),
        ({"method": "HEAD", "text_present": "x"}, "text_present", "has no page"),
        ({"ca_certificates": "nonsense"}, "ca_certificates", "no certificates in PEM"),
        ({"password": "pw"}, "username", "the password belongs to"),
        ({"server": "12345"}, "server", "Select a valid choice"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    change: dict[str, str], field: str, said: str, alice: User, sign_in: SignIn
) -> None:
    client = sign_in(alice)
    for button in ("save", "try"):
        answer = client.post("/websites/add/", {**USUAL, "name": "Typed name", "tags": "typed", **change, button: "1"})
        page = answer.content.decode()
        assert answer.status_code == 422
        wrong = page.partition(f'field wrong {field}"')[2].partition("</div>")[0]
        assert said in wrong
        assert 'value="Typed name"' in page
        assert 'value="typed"' in page
    assert not Url.objects.exists()


def test_a_group_with_something_wrong_or_unusual_in_it_is_open(alice: User, sign_in: SignIn) -> None:
    fresh = WebsiteForm(alice)
    assert [fold.title for fold in fresh.folds() if fold.is_open] == []
    assert {name for names in GROUPS.values() for name in names} | {"uri"} == {*WebsiteForm.base_fields}
    stored = WebsiteForm(alice, website(alice, text_present="Welcome", username="monitor"))
    opened = [fold.title for fold in stored.folds() if fold.is_open]
    assert opened == ["What the answer must be like", "Signing in"]


def test_it_comes_filled_in_from_the_address_bar(alice: User, web1: Server, sign_in: SignIn) -> None:
    page = sign_in(alice).get(f"/websites/add/?server={web1.pk}&uri=https://x.example/").content.decode()
    assert f'<option value="{web1.pk}" selected>web1</option>' in page
    assert 'value="https://x.example/"' in page


def test_servers_groups_and_rights_are_offered_to_those_who_have_them(
    alice: User, bob: User, charlie: User, admin_person: User, web1: Server
) -> None:
    offered = {person.username: WebsiteForm(person) for person in (alice, charlie, admin_person)}
    assert [list(form.fields["server"].queryset) for form in offered.values()] == [[web1], [], [web1]]  # type: ignore[attr-defined]
    assert ["groups" in form.fields for form in offered.values()] == [False, False, True]
    assert ["private_allowed" in form.fields for form in offered.values()] == [False, False, True]


def test_it_is_changed_and_what_is_left_out_of_the_secrets_stays(alice: User, sign_in: SignIn) -> None:
    stored = website(alice, username="monitor", password="pa55", secret_headers={"X-Key": "s3cret", "X-Old": "gone"})
    client = sign_in(alice)
    page = client.get(f"/websites/{stored.pk}/edit/").content.decode()
    assert "X-Key:\nX-Old:" in page
    assert "s3cret" not in page
    assert "pa55" not in page
    said = {**USUAL, "name": "New", "username": "monitor", "secret_headers": "X-Key:\nX-New: fresh"}
    assert client.post(f"/websites/{stored.pk}/edit/", said).headers["Location"] == f"/websites/{stored.pk}/"
    changed = Url.objects.get()
    assert (changed.name, changed.password) == ("New", "pa55")
    assert changed.secret_headers == '{"X-Key": "s3cret", "X-New": "fresh"}'


def test_stored_secrets_do_not_follow_to_another_host(alice: User, sign_in: SignIn) -> None:
    stored = website(alice, secret_headers={"X-Key": "hidden"})
    said = {**USUAL, "uri": "https://elsewhere.example/", "secret_headers": "X-Key:"}
    for button in ("save", "try"):
        page = sign_in(alice).post(f"/websites/{stored.pk}/edit/", {**said, button: "1"}).content.decode()
        assert "give the secret headers anew" in page.partition("field wrong secret_headers")[2]
    assert Url.objects.get().uri == "https://shop.example.org/"


def test_what_a_shared_website_has_stays(alice: User, charlie: User, web1: Server, sign_in: SignIn) -> None:
    stored = website(alice, shared_with=charlie, server=web1, private_allowed=True)
    other = Group.objects.create(name="others")
    stored.groups.add(other)
    form = WebsiteForm(charlie, stored)
    assert "server" not in form.fields, "which charlie may not see"
    assert "web1" not in sign_in(charlie).get(f"/websites/{stored.pk}/edit/").content.decode()
    assert {*form.fields["groups"].queryset} == {*Group.objects.filter(name__in=["team", "others"])}  # type: ignore[attr-defined]
    groups = [str(group.pk) for group in stored.groups.all()]
    said = {**USUAL, "groups": groups, "private_allowed": "on"}
    assert sign_in(charlie).post(f"/websites/{stored.pk}/edit/", said).status_code == 302
    kept = Url.objects.get()
    assert (kept.server, kept.private_allowed, kept.groups.count()) == (web1, True, 2)


def test_a_try_shows_what_would_come_of_it_and_saves_nothing(
    admin_person: User, sites: LocalSites, sign_in: SignIn
) -> None:
    client = sign_in(admin_person)
    said: dict[str, Any] = {**USUAL, "uri": sites.url("ok"), "private_allowed": "on", "try": "1"}
    page = client.post("/websites/add/", said, headers=BY_HTMX).content.decode()
    assert page.strip().startswith('<form id="website-form"')
    for text in ("It would be up", "<b>200</b> OK", "127.0.0.1", "Wait for the first byte", "Nothing is saved yet."):
        assert text in page, text
    page = client.post("/websites/add/", {**said, "uri": sites.url("bad")}).content.decode()
    for text in ("It would fail", "<b>503</b> Service Unavailable", "Look at the web server&#x27;s log."):
        assert text in page, text
    assert f'value="{sites.url("bad")}"' in page
    assert not Url.objects.exists()


def test_too_many_tries_are_told_above_the_form(admin_person: User, sites: LocalSites, sign_in: SignIn) -> None:
    said: dict[str, Any] = {**USUAL, "uri": sites.url("ok"), "private_allowed": "on", "try": "1"}
    client = sign_in(admin_person)
    for _ in range(10):
        url_try(actor=admin_person, uri=sites.url("ok"))  # as over the API: it is one limit
    answers = [client.post("/websites/add/", said) for _ in range(11)]  # a new minute may begin meanwhile
    refused = [answer for answer in answers if answer.status_code == 422]
    assert refused
    assert "Try again in" in refused[0].content.decode()
