"""Secrets of websites: kept where nothing is said of them, never sent to another host than they were given for."""

from typing import Any

import pytest

from tests.websites.sites import website
from virtadmin.accounts.models import User
from virtadmin.core.errors import InvalidInput
from virtadmin.websites import services
from virtadmin.websites.models import Url
from virtadmin.websites.requests import request_of


@pytest.fixture
def url(alice: User) -> Url:
    return website(
        alice, "http://shop.example.org/", username="monitor", password="pa55word", secret_headers={"A": "1", "B": "2"}
    )


def known(url: Url) -> tuple[str, str, dict[str, str]]:
    request = request_of(Url.objects.get(pk=url.pk))
    return request.username, request.password, dict(request.headers)


@pytest.mark.parametrize(
    ("given", "username", "password", "headers"),
    [
        ({}, "monitor", "pa55word", {"A": "1", "B": "2"}),
        ({"password": None, "secret_headers": None}, "monitor", "pa55word", {"A": "1", "B": "2"}),
        ({"secret_headers": {"A": None, "B": None}}, "monitor", "pa55word", {"A": "1", "B": "2"}),
        ({"secret_headers": {"B": None, "C": "3"}}, "monitor", "pa55word", {"B": "2", "C": "3"}),
        ({"secret_headers": {}}, "monitor", "pa55word", {}),
        ({"password": " new "}, "monitor", " new ", {"A": "1", "B": "2"}),
        ({"password": ""}, "monitor", "", {"A": "1", "B": "2"}),
        ({"username": "other"}, "other", "pa55word", {"A": "1", "B": "2"}),
        ({"username": ""}, "", "", {"A": "1", "B": "2"}),
    ],
)
def test_null_means_as_it_is(
    alice: User, url: Url, given: dict[str, Any], username: str, password: str, headers: dict[str, str]
) -> None:
    services.url_update(url=url, actor=alice, name="x", **given)
    assert known(url) == (username, password, headers)
    assert Url.objects.get().secret_header_names == list(headers)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"secret_headers": {"C": None}}, "secret_headers"),
        ({"secret_headers": ["A"]}, "secret_headers"),
        ({"secret_headers": {"A": "x\r\nHost: other"}}, "secret_headers"),
        ({"secret_headers": {"Authorization": "Bearer x"}}, "secret_headers"),
        ({"headers": {"authorization": "Bearer x"}}, "headers"),
        ({"headers": {"a": "1"}}, "headers"),
        ({"password": "x" * 1001}, "password"),
        ({"password": "a\nb"}, "password"),
        ({"username": "", "password": "x"}, "username"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(alice: User, url: Url, given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        services.url_update(url=url, actor=alice, **given)
    assert caught.value.field == field
    assert "pa55word" not in caught.value.message
    assert known(url) == ("monitor", "pa55word", {"A": "1", "B": "2"})


@pytest.mark.parametrize(
    "uri",
    [
        "http://shop.example.org/health?full=1",
        "https://shop.example.org/",
        "http://SHOP.example.org:80/",
    ],
)
def test_they_go_along_on_the_same_host(alice: User, url: Url, uri: str) -> None:
    services.url_update(url=url, actor=alice, uri=uri)
    assert known(url) == ("monitor", "pa55word", {"A": "1", "B": "2"})


@pytest.mark.parametrize(
    "uri",
    [
        "http://evil.example.org/",
        "http://shop.example.org:8080/",
        "https://shop.example.org:8443/",
        "http://shop.example.org.evil.example/",
    ],
)
def test_they_do_not_go_to_another_host_however_may_change_the_address(alice: User, url: Url, uri: str) -> None:
    change = {"url": url, "actor": alice, "uri": uri}
    for extra, field in (
        ({}, "password"),
        ({"password": "new"}, "secret_headers"),
        ({"password": "new", "secret_headers": {"A": None}}, "secret_headers"),
    ):
        with pytest.raises(InvalidInput, match="anew") as caught:
            services.url_update(**change, **extra)
        assert caught.value.field == field
    assert Url.objects.get().uri == "http://shop.example.org/"
    services.url_update(**change, password="new", secret_headers={"A": "new"})
    assert known(url) == ("monitor", "new", {"A": "new"})


def test_they_do_not_go_from_tls_to_plain(alice: User) -> None:
    url = website(alice, "https://shop.example.org/", username="monitor", password="pa55word")
    with pytest.raises(InvalidInput, match="anew"):
        services.url_update(url=url, actor=alice, uri="http://shop.example.org/")
    services.url_update(url=url, actor=alice, uri="http://shop.example.org/", username="")
    assert known(url) == ("", "", {})


def test_an_address_that_counts_as_none_any_more_keeps_no_secret(alice: User, url: Url) -> None:
    Url.objects.update(uri="http://[stored by an older hub")
    with pytest.raises(InvalidInput, match="anew"):
        services.url_update(url=url, actor=alice, uri="http://shop.example.org/")
