"""Addresses of websites, and who may have private ones checked."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from hypothesis import given
from hypothesis import strategies as st

from tests.websites.sites import website
from virtadmin.accounts.models import User
from virtadmin.core.errors import InvalidInput
from virtadmin.websites import services
from virtadmin.websites.addresses import uri_checked
from virtadmin.websites.models import MAX_URI, Url

PRIVATE = ["http://127.0.0.1:8000/", "http://10.0.0.5/", "https://[::1]/", "http://localhost/", "http://a.localhost./"]
NEVER = ["http://169.254.169.254/latest/", "http://[fe80::1]/", "http://0.0.0.0/", "http://224.0.0.1/"]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("https://shop.example.org", "https://shop.example.org"),
        (" HTTP://Shop.Example.org/A%20b?q=1#top\n", "HTTP://Shop.Example.org/A%20b?q=1"),
        ("https://bücher.example/straße", "https://bücher.example/straße"),
        ("http://192.0.2.1:8080/", None),
        ("http://93.184.216.34:65535/", "http://93.184.216.34:65535/"),
        ("https://shop.example.org/" + "x" * (MAX_URI - 25), "https://shop.example.org/" + "x" * (MAX_URI - 25)),
    ],
)
def test_it_is_kept_as_it_was_given(given: str, stored: str | None) -> None:
    if stored is None:  # documentation addresses are nobody's
        with pytest.raises(InvalidInput, match="private"):
            uri_checked(given, private_allowed=False)
    else:
        assert uri_checked(given, private_allowed=False) == stored


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("", "Give the address"),
        ("#top", "Give the address"),
        ("shop.example.org", "http://"),
        ("ftp://shop.example.org/", "http://"),
        ("javascript:alert(1)", "http://"),
        ("https://", "host"),
        ("https:///path", "host"),
        ("https://shop example.org/", "blanks"),
        ("https://shop.example.org/a b", "blanks"),
        ("https://shop.example.org/\0", "control"),
        ("https://shop.example.org:0/", "port"),
        ("https://shop.example.org:99999/", "port"),
        ("https://[::1/", "bracket"),
        ("https://1.2.3/", "four numbers"),
        ("https://monitor:pa55word@shop.example.org/", "fields of their own"),
        ("https://shop.example.org/" + "x" * 8000, "2000"),
    ],
)
def test_what_is_no_address_is_told(uri: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as caught:
        uri_checked(uri, private_allowed=True)
    assert caught.value.field == "uri"
    assert "pa55word" not in caught.value.message


@given(st.text() | st.from_regex(r"\Ahttps?://[^/]{0,30}/?.{0,20}\Z"), st.booleans())
def test_any_text_is_an_address_or_told_as_none(text: str, private_allowed: bool) -> None:
    try:
        stored = uri_checked(text, private_allowed=private_allowed)
    except InvalidInput as error:
        refused = error
    else:
        assert 0 < len(stored) <= MAX_URI
        assert "#" not in stored
        assert uri_checked(stored, private_allowed=private_allowed) == stored
        return
    assert refused.message


@pytest.mark.parametrize("uri", PRIVATE)
def test_private_addresses_are_for_those_who_may_allow_them(
    alice: User, admin_person: User, settings: Any, uri: str
) -> None:
    with pytest.raises(InvalidInput, match="may allow private") as caught:
        services.url_create(actor=alice, uri=uri)
    assert caught.value.field == "uri"
    assert services.url_create(actor=admin_person, uri=uri).private_allowed
    settings.PRIVATE_WEBSITES = True
    assert services.url_create(actor=alice, uri=uri).private_allowed


def test_an_admin_may_let_one_operator(alice: User) -> None:
    alice.user_permissions.add(Permission.objects.get(codename="private_url"))
    assert services.url_create(actor=User.objects.get(pk=alice.pk), uri="http://10.0.0.5/").private_allowed


@pytest.mark.parametrize("uri", NEVER)
def test_some_addresses_are_for_nobody(admin_person: User, uri: str) -> None:
    with pytest.raises(InvalidInput, match="does not ask"):
        services.url_create(actor=admin_person, uri=uri)


def test_it_counts_who_gave_the_address_last(alice: User, admin_person: User) -> None:
    url = website(alice, "https://shop.example.org/")
    assert services.url_update(url=url, actor=admin_person, uri="https://intranet.example.org/").private_allowed
    kept = services.url_update(url=url, actor=alice, uri="https://intranet.example.org/", name="Intranet")
    assert kept.private_allowed  # it is the same
    assert not services.url_update(url=url, actor=alice, uri="https://intranet.example.org/other").private_allowed
    same = services.url_update(url=url, actor=admin_person, uri="https://intranet.example.org/other", name="x")
    assert not same.private_allowed  # who changes something else allows nothing by it


def test_it_is_allowed_in_so_many_words_and_forbidden_by_anybody(alice: User, admin_person: User) -> None:
    url = website(alice, "https://shop.example.org/")
    with pytest.raises(InvalidInput) as caught:
        services.url_update(url=url, actor=alice, private_allowed=True)
    assert caught.value.field == "private_allowed"
    assert services.url_update(url=url, actor=admin_person, private_allowed=True).private_allowed
    assert services.url_update(url=url, actor=alice, private_allowed=True).private_allowed
    with pytest.raises(InvalidInput, match="Only admins"):
        services.url_update(url=url, actor=alice, private_allowed=True, uri="https://other.example.org/")
    assert not services.url_update(url=url, actor=alice, private_allowed=False).private_allowed
    made = services.url_create(actor=admin_person, uri="https://shop.example.org/", private_allowed=False)
    assert not Url.objects.get(pk=made.pk).private_allowed
