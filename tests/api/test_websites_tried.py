"""Trying a website over the API: one check, nothing kept."""

from collections.abc import Iterator

import pytest

from tests.api.conftest import Caller
from tests.api.test_problems import fields, told
from tests.collector.websites.local_sites import LocalSites, local_sites
from tests.websites.sites import website
from tests.websites.tls_authority import issued, root, server_context
from virtadmin.accounts.models import User
from virtadmin.websites.models import Url
from virtadmin.websites.trying import MOST_A_MINUTE

TRY = "/api/urls/try/"


@pytest.fixture
def sites() -> Iterator[LocalSites]:
    with local_sites() as running:
        yield running


def test_it_says_what_a_check_finds_and_keeps_nothing(admin_person: User, sites: LocalSites, by_token: Caller) -> None:
    client = by_token(admin_person)
    answer = client.post(TRY, {"uri": sites.url("ok/here"), "tags": ["new"]})
    found = answer.json()
    assert answer.status_code == 200
    assert (found["status"], found["status_reason"], found["status_code"]) == ("up", "", 200)
    assert found["details"]["address"] == "127.0.0.1"
    assert (found["certificate"], found["ssl_expiration_date"]) == (None, None)
    assert found["response_time"] > 0
    bad = client.post(TRY, {"uri": sites.url("bad")}).json()
    assert (bad["status"], bad["status_code"]) == ("down", 503)
    assert bad["status_reason"].startswith("status: ")
    assert bad["details"]["hint"]
    assert not Url.objects.exists()


def test_the_certificate_comes_with_it(admin_person: User, by_token: Caller) -> None:
    authority = root()
    with local_sites(server_context(issued("shop", ("127.0.0.1",), authority))) as secure:
        body = {"uri": secure.url("ok"), "ca_certificates": authority.pem}
        found = by_token(admin_person).post(TRY, body).json()
    assert found["certificate"]["trusted"] is True
    assert found["ssl_start_date"] < found["ssl_expiration_date"]


def test_what_is_wrong_is_named_and_is_no_try(alice: User, by_token: Caller) -> None:
    client = by_token(alice)
    for _ in range(MOST_A_MINUTE + 1):
        assert fields(told(client.post(TRY, {"uri": "http://127.0.0.1:1/"}), 400)).keys() == {"uri"}
    assert fields(told(client.post(TRY, {"uri": "https://shop.example.org/", "uro": 1}), 400)).keys() == {"uro"}


def test_changes_of_one_there_is_are_tried_with_its_secrets_and_not_made(
    admin_person: User, sites: LocalSites, by_token: Caller
) -> None:
    stored = website(admin_person, sites.url("ok"), secret_headers={"X-Key": "hidden"}, private_allowed=True)
    client, path = by_token(admin_person), f"/api/urls/{stored.pk}/try/"
    answer = client.post(path, {"expected_statuses": "204"})
    assert answer.json()["status"] == "down"
    assert b"hidden" not in answer.content
    stored.refresh_from_db()
    assert stored.expected_statuses == "200-299"
    assert fields(told(client.post(path, {"uri": "http://127.0.0.2:1/"}), 400)).keys() == {"secret_headers"}


def test_one_person_does_not_try_without_end(
    admin_person: User, alice: User, sites: LocalSites, by_token: Caller
) -> None:
    programs = by_token(admin_person)
    answers = []
    while len(answers) <= 2 * MOST_A_MINUTE and (not answers or answers[-1].status_code == 200):
        answers.append(programs.post(TRY, {"uri": sites.url("ok")}))  # a new minute may begin meanwhile, not two
    assert len(answers) > MOST_A_MINUTE
    assert told(answers[-1], 429)
    assert int(answers[-1]["Retry-After"]) <= 60
    assert by_token(alice).post(TRY, {"uri": "https://nowhere.invalid/"}).json()["status_reason"].startswith("dns: ")
