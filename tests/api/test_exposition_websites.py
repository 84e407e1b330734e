"""/metrics: what it tells of websites."""

from datetime import UTC, datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.api.conftest import Caller
from tests.api.test_exposition import page, seen
from tests.metrics.expositions import complaints, instances_of, needs_promtool, of
from tests.websites.sites import website
from virtadmin.accounts.models import User
from virtadmin.api.exposition_websites import without_secrets
from virtadmin.websites.models import Url, UrlState

AT = datetime.fromtimestamp(1_800_000_000, UTC)
CHECKED = {
    "status": "up", "last_check": AT, "status_code": 200, "details": {"phases": {"dns": 1.0, "total": 123.4}},
    "ssl_expiration_date": AT,
}  # fmt: skip
DOWN = {"status": "down", "failures": 3, "last_check": AT, "details": {"phases": {}}}


def test_everybody_is_told_of_the_websites_they_may_see(
    alice: User, bob: User, charlie: User, by_token: Caller
) -> None:
    website(alice, "https://a.example/", shared_with=bob, state=CHECKED)
    website(alice, "https://b.example/x?key=secret", state=CHECKED)
    website(charlie, "https://c.example/", state=CHECKED)
    for user, names in (
        (alice, {"https://a.example/", "https://b.example/x"}),
        (bob, {"https://a.example/"}),
        (charlie, {"https://c.example/"}),
    ):
        assert instances_of(seen(by_token(user)), "probe_success") == names


@needs_promtool
def test_the_newest_check_is_told_under_the_names_of_blackbox_exporter(alice: User, by_token: Caller) -> None:
    website(alice, "https://a.example/", state=CHECKED)
    website(alice, "http://b.example/", state=DOWN)
    text = page(by_token(alice))
    assert complaints(text) == []
    series = seen(by_token(alice))
    told = {
        name: (of(series, name, instance="https://a.example/"), of(series, name, instance="http://b.example/"))
        for name in (
            "probe_success", "probe_http_status_code", "probe_duration_seconds", "probe_ssl_earliest_cert_expiry"
        )
    }  # fmt: skip
    assert told == {
        "probe_success": ([1], [0]), "probe_http_status_code": ([200], [0]), "probe_duration_seconds": ([0.1234], []),
        "probe_ssl_earliest_cert_expiry": ([1_800_000_000], []),
    }  # fmt: skip


def test_one_suspect_check_is_no_success_though_nobody_is_told_yet(alice: User, by_token: Caller) -> None:
    website(alice, state={**CHECKED, "failures": 1})
    assert of(seen(by_token(alice)), "probe_success") == [0]


def test_of_paused_ones_and_those_never_checked_it_says_nothing(alice: User, by_token: Caller) -> None:
    website(alice, "https://a.example/", enabled=False, state=CHECKED)
    website(alice, "https://b.example/")
    assert page(by_token(alice)) == b""


def test_two_of_one_address_are_told_apart_by_name_or_number(alice: User, by_token: Caller) -> None:
    named = website(alice, "https://a.example/?x=1", name="one", state=CHECKED)
    other = website(alice, "https://a.example/?x=2", state=CHECKED)
    assert instances_of(seen(by_token(alice)), "probe_success") == {
        f"https://a.example/ ({named.name})", f"https://a.example/ (#{other.pk})"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("https://user:secret@shop.example:8443/a?key=secret#part", "https://shop.example:8443/a"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("https://bücher.example/ü", "https://bücher.example/ü"),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(uri: str, shown: str) -> None:
    assert without_secrets(uri) == shown


def test_a_thousand_websites_take_no_more_queries_than_three(
    alice: User, by_token: Caller, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Url.objects.bulk_create(Url(owner=alice, uri=f"https://{number}.example/") for number in range(1000))
    UrlState.objects.bulk_create(UrlState(url=url, **CHECKED) for url in Url.objects.all())
    client = by_token(alice)
    with django_assert_max_num_queries(5):
        series = seen(client)
    assert len(of(series, "probe_success")) == 1000
