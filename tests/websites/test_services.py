"""Websites are added, changed, paused, checked at once and deleted."""

from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group

from tests.websites.conftest import Heard
from tests.websites.sites import website
from virtadmin.accounts.models import User
from virtadmin.accounts.roles import Role
from virtadmin.core.errors import Conflict, InvalidInput, NotAllowed
from virtadmin.servers.models import Server, ServerState, Tag
from virtadmin.websites import services
from virtadmin.websites.models import Url, UrlState

SHOP = "https://shop.example.org/"
DOWN = {"status": "down", "status_reason": "status: HTTP 503", "failures": 7, "retry_at": 9.0}


def server(owner: User, name: str = "web1") -> Server:
    made = Server.objects.create(owner=owner, name=name, ip_address=f"{name}.example.org")
    ServerState.objects.create(server=made)
    return made


def test_an_address_is_enough(alice: User, heard: Heard, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        made = services.url_create(actor=alice, uri=f"  {SHOP} ")
    stored = Url.objects.get()
    assert (stored.uri, stored.owner, stored.interval, stored.expected_statuses) == (SHOP, alice, 60, "200-299")
    assert (stored.status, str(stored), stored.private_allowed) == ("pending", "shop.example.org", False)
    assert heard == [("changed", made.pk)]


def test_everything_is_set_at_once(alice: User) -> None:
    group = Group.objects.create(name="shop")
    alice.groups.add(group)
    runs_on = server(alice)
    wanted: dict[str, Any] = {
        "name": "Shop", "interval": 30, "timeout": 5, "confirmations": 2, "method": "POST", "body": "q=1",
        "check_status_code": False, "check_ssl": False, "text_present": " ok ", "text_absent": "Fatal",
        "headers": {"Accept": "text/html"}, "username": "monitor", "password": " pass ", "follow_redirects": False,
        "verify_tls": False, "enabled": False, "server": runs_on,
    }  # fmt: skip
    made = services.url_create(
        actor=alice, uri=SHOP, expected_statuses="401,200 -204", secret_headers={"X-Key": "k"},
        tags=["shop", "paris"], groups=[group], **wanted,
    )  # fmt: skip
    stored = Url.objects.get(pk=made.pk)
    assert {name: getattr(stored, name) for name in wanted} == wanted
    assert (stored.expected_statuses, stored.secret_headers) == ("401, 200-204", '{"X-Key": "k"}')
    assert stored.secret_header_names == ["X-Key"]
    assert [tag.name for tag in stored.tags.all()] == ["paris", "shop"]
    assert [*stored.groups.all()] == [group]
    assert stored.status == "paused"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("uri", "shop.example.org"),
        ("uri", ""),
        ("interval", 4),
        ("interval", 86_401),
        ("interval", True),
        ("timeout", 0),
        ("timeout", 61),
        ("confirmations", 0),
        ("confirmations", 11),
        ("enabled", "yes"),
        ("method", "DELETE"),
        ("body", "x" * 10_001),
        ("body", "a\0b"),
        ("name", "a\nb"),
        ("name", "x" * 101),
        ("expected_statuses", ""),
        ("text_present", "x" * 501),
        ("text_absent", 7),
        ("username", "a:b"),
        ("username", "a\tb"),
        ("headers", {"Host": "other"}),
        ("ca_certificates", "not a certificate"),
        ("tags", ["x" * 51]),
        ("owner", "me"),
        ("secret_header_names", []),
    ],
)
def test_it_names_the_field_that_is_wrong_and_changes_nothing(alice: User, field: str, value: Any) -> None:
    url = website(alice)
    with pytest.raises(InvalidInput) as caught:
        services.url_update(url=url, actor=alice, **{"tags": ["new"], "check_ssl": False, field: value})
    assert caught.value.field == field
    stored = Url.objects.get()
    assert stored.check_ssl
    assert (stored.uri, [*stored.tags.all()]) == (SHOP, [])


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
@pytest.mark.parametrize("field", ["text_present", "text_absent"])
def test_a_text_is_looked_for_only_where_there_is_a_page(alice: User, method: str, field: str) -> None:
    url = website(alice)
    with pytest.raises(InvalidInput, match="no page") as caught:
        services.url_update(url=url, actor=alice, method=method, **{field: "Welcome"})
    assert caught.value.field == field
    services.url_update(url=url, actor=alice, **{field: "Welcome"})
    with pytest.raises(InvalidInput, match="no page"):
        services.url_update(url=url, actor=alice, method=method)


def test_it_runs_on_a_server_the_person_sees(alice: User, charlie: User) -> None:
    url, mine, hidden = website(alice), server(alice), server(charlie, "hidden")
    with pytest.raises(InvalidInput, match="no such server"):
        services.url_update(url=url, actor=alice, server=hidden)
    assert services.url_update(url=url, actor=alice, server=mine).server == mine
    Url.objects.update(server=hidden)  # somebody who sees it said so
    services.url_update(url=url, actor=alice, server=hidden, name="Shop")
    assert services.url_update(url=url, actor=alice, server=None).server is None


def test_a_server_that_goes_leaves_its_websites_alone(alice: User) -> None:
    runs_on = server(alice)
    website(alice, server=runs_on)
    runs_on.delete()
    assert Url.objects.get().server is None


def test_it_is_shared_with_own_groups_alone(alice: User, admin_person: User) -> None:
    ours, theirs = Group.objects.create(name="ours"), Group.objects.create(name="theirs")
    alice.groups.add(ours)
    with pytest.raises(InvalidInput, match="A website can be shared with your own groups"):
        services.url_create(actor=alice, uri=SHOP, groups=[theirs])
    assert not Url.objects.exists()
    url = services.url_create(actor=alice, uri=SHOP, groups=[ours])
    services.url_update(url=url, actor=admin_person, groups=[theirs])
    services.url_update(url=url, actor=alice, groups=[theirs, ours])  # it was shared with them already


def test_who_may_do_what(alice: User, bob: User, charlie: User, admin_person: User) -> None:
    """The owner, a member who only reads, the same as an operator, a stranger, an admin."""
    url = website(alice, shared_with=bob)
    with pytest.raises(NotAllowed, match="role"):
        services.url_create(actor=bob, uri=SHOP)
    for actor, why in ((bob, "role"), (charlie, "not shared")):
        for act in (services.url_update, services.url_check_now, services.url_delete):
            with pytest.raises(NotAllowed, match=why):
                act(url=url, actor=actor)
    User.objects.filter(pk=bob.pk).update(role=Role.OPERATOR)
    for actor in (User.objects.get(pk=bob.pk), alice, admin_person):
        services.url_update(url=url, actor=actor, name=actor.username)
        services.url_check_now(url=url, actor=actor)
        assert Url.objects.get(pk=url.pk).name == actor.username
    services.url_delete(url=url, actor=User.objects.get(pk=bob.pk))
    assert not Url.objects.exists()


def test_the_same_address_may_be_checked_in_several_ways_but_not_without_end(
    alice: User, charlie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST", 2)
    for method in ("GET", "HEAD"):
        services.url_create(actor=alice, uri=SHOP, method=method)
    with pytest.raises(Conflict, match="2 websites"):
        services.url_create(actor=alice, uri=SHOP)
    services.url_create(actor=charlie, uri=SHOP)


def test_a_pause_is_a_change_and_what_was_known_before_it_counts_no_more(
    alice: User, heard: Heard, django_capture_on_commit_callbacks: Any
) -> None:
    url = website(alice, state=DOWN)
    with django_capture_on_commit_callbacks(execute=True):
        services.url_update(url=url, actor=alice, enabled=False)
    assert (Url.objects.get().status, UrlState.objects.get().failures) == ("paused", 7)
    with django_capture_on_commit_callbacks(execute=True):
        services.url_update(url=url, actor=alice, enabled=True)
    state = UrlState.objects.get()
    assert (state.status, state.status_reason, state.failures, state.retry_at) == ("pending", "", 0, None)
    assert heard == [("changed", url.pk)] * 2


def test_checking_at_once_is_an_event_and_nothing_of_one_that_is_paused(
    alice: User, heard: Heard, django_capture_on_commit_callbacks: Any
) -> None:
    url = website(alice)
    with django_capture_on_commit_callbacks(execute=True):
        services.url_check_now(url=url, actor=alice)
    assert heard == [("changed", url.pk)]
    url.enabled = False
    with pytest.raises(Conflict, match="paused"):
        services.url_check_now(url=url, actor=alice)


def test_deleting_forgets_its_history_too(
    alice: User, heard: Heard, sent: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    url = website(alice, tags=("shop",))
    known_as = url.pk
    with django_capture_on_commit_callbacks(execute=True):
        services.url_delete(url=url, actor=alice)
    assert not UrlState.objects.exists()
    assert heard == [("deleted", known_as)]
    assert sent == [("metrics.forget", (-known_as,))]
    assert Tag.objects.filter(name="shop").exists()  # as it is with servers


def test_one_that_goes_meanwhile_is_told_as_such(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    url = website(alice)
    monkeypatch.setattr(services, "require_for", lambda *_: Url.objects.all().delete())
    with pytest.raises(Conflict, match="deleted"):
        services.url_update(url=url, actor=alice, name="x")


def test_the_change_log_says_who_and_what_but_no_secret(alice: User) -> None:
    made = services.url_create(
        actor=alice, uri=SHOP, username="monitor", password="pa55word", secret_headers={"X-Key": "s3cret"}
    )
    services.url_update(url=made, actor=alice, password="an0ther", secret_headers={"X-Key": "h1dden"}, tags=["shop"])
    entries = LogEntry.objects.get_for_object(made)
    assert {entry.actor for entry in entries} == {alice}
    changes = str([entry.changes for entry in entries])
    assert "X-Key" in changes
    assert "shop" in changes
    for secret in ("pa55word", "an0ther", "s3cret", "h1dden"):
        assert secret not in changes
