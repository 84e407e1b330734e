"""One check before anything is saved, against real local servers."""

from collections.abc import Iterator

import pytest
import time_machine
from django.utils import timezone

from tests.collector.websites.local_sites import LocalSites, local_sites
from tests.websites.sites import website
from tests.websites.tls_authority import issued, root, server_context
from virtadmin.accounts.models import User
from virtadmin.core.errors import Conflict, InvalidInput, NotAllowed, TooOften
from virtadmin.websites import trying
from virtadmin.websites.models import Url
from virtadmin.websites.trying import MOST_A_MINUTE, url_try

pytestmark = pytest.mark.usefixtures("valkey")
AUTHORITY = root()


@pytest.fixture
def sites() -> Iterator[LocalSites]:
    with local_sites() as running:
        yield running


def test_it_is_checked_once_and_nothing_is_kept(admin_person: User, sites: LocalSites) -> None:
    outcome = url_try(actor=admin_person, uri=sites.url("ok/here"), tags=["new"], groups=[])
    assert (outcome.stage, outcome.status, outcome.address) == (None, 200, "127.0.0.1")
    assert outcome.phases.first_byte is not None
    assert len(sites.hits["ok/here"]) == 1
    assert not Url.objects.exists()


def test_what_is_expected_counts(admin_person: User, sites: LocalSites) -> None:
    assert url_try(actor=admin_person, uri=sites.url("bad")).stage == "status"
    assert url_try(actor=admin_person, uri=sites.url("bad"), expected_statuses="503").stage is None
    assert url_try(actor=admin_person, uri=sites.url("ok"), text_present="nowhere").stage == "text_missing"


def test_the_certificate_is_shown_valid_or_not(admin_person: User) -> None:
    with local_sites(server_context(issued("shop", ("127.0.0.1",), AUTHORITY))) as secure:
        unknown = url_try(actor=admin_person, uri=secure.url("ok"))
        known = url_try(actor=admin_person, uri=secure.url("ok"), ca_certificates=AUTHORITY.pem)
    assert str(unknown.stage).startswith("certificate_")
    assert unknown.certificate
    assert known.certificate
    assert (unknown.certificate.trusted, known.certificate.trusted, known.stage) == (False, True, None)


def test_it_takes_no_longer_than_somebody_waits(
    admin_person: User, sites: LocalSites, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "LONGEST", 0.3)
    outcome = url_try(actor=admin_person, uri=sites.url("never"), timeout=60)
    assert outcome.stage == "headers_timeout"


def test_stored_secrets_are_used_and_never_for_another_host(admin_person: User, sites: LocalSites) -> None:
    stored = website(admin_person, sites.url("ok"), secret_headers={"X-Key": "hidden"}, private_allowed=True)
    outcome = url_try(actor=admin_person, url=stored, uri=stored.uri, secret_headers={"X-Key": None})
    assert outcome.stage is None
    assert "hidden" not in repr(outcome)
    with pytest.raises(InvalidInput) as refused:
        url_try(actor=admin_person, url=stored, uri="http://127.0.0.2:1/", secret_headers={"X-Key": None})
    assert refused.value.field == "secret_headers"
    assert Url.objects.get().uri == sites.url("ok")


@pytest.mark.parametrize("uri", ["http://127.0.0.1:1/", "http://10.0.0.1/", "http://169.254.169.254/"])
def test_operators_try_no_private_addresses(uri: str, alice: User) -> None:
    with pytest.raises(InvalidInput) as refused:
        url_try(actor=alice, uri=uri)
    assert refused.value.field == "uri"


def test_nobody_tries_metadata_addresses(admin_person: User) -> None:
    with pytest.raises(InvalidInput):
        url_try(actor=admin_person, uri="http://169.254.169.254/latest/")


def test_only_who_may_add_or_change_may_try(bob: User, charlie: User, alice: User) -> None:
    with pytest.raises(NotAllowed):
        url_try(actor=bob, uri="https://shop.example.org/")
    with pytest.raises(NotAllowed):
        url_try(actor=charlie, url=website(alice), uri="https://shop.example.org/")


def test_tries_are_counted_by_person_and_minute(admin_person: User, alice: User, sites: LocalSites) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        for _ in range(MOST_A_MINUTE):
            url_try(actor=admin_person, uri=sites.url("ok"))
        with pytest.raises(TooOften):
            url_try(actor=admin_person, uri=sites.url("ok"))
    assert len(sites.hits["ok"]) == MOST_A_MINUTE
    assert url_try(actor=alice, uri="https://nowhere.invalid/").stage == "dns"


def test_what_is_refused_is_no_try(admin_person: User) -> None:
    for _ in range(MOST_A_MINUTE + 1):
        with pytest.raises(InvalidInput):
            url_try(actor=admin_person, uri="ftp://shop.example.org/")


def test_only_so_many_run_at_once(admin_person: User, sites: LocalSites) -> None:
    for _ in range(trying.AT_ONCE):
        assert trying._places.acquire(blocking=False)
    try:
        with pytest.raises(Conflict, match="Others"):
            url_try(actor=admin_person, uri=sites.url("ok"))
    finally:
        trying._places.release(trying.AT_ONCE)
    assert url_try(actor=admin_person, uri=sites.url("ok")).stage is None
