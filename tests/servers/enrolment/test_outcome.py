"""Outcomes that come too late write nothing."""

import pytest

from virtadmin.accounts.models import User
from virtadmin.servers.enrolment.failures import RunAbandoned
from virtadmin.servers.enrolment.half_made import server_for
from virtadmin.servers.enrolment.outcome import removal_succeed, run_fail, run_succeed
from virtadmin.servers.models import InitialServerProfile, Server


@pytest.fixture
def profile(alice: User) -> InitialServerProfile:
    return InitialServerProfile.objects.create(
        owner=alice, ip_address="192.0.2.1", username="root", password="s3cret", status="running"
    )


def test_a_success_after_the_reaper_is_none(profile: InitialServerProfile) -> None:
    server = server_for(profile)
    assert run_fail(profile.pk, "reaped")
    assert not run_fail(profile.pk, "again")
    for succeed in (
        lambda: run_succeed(profile, server, changes={}, facts={}, fingerprint=""),
        lambda: removal_succeed(profile, server),
    ):
        with pytest.raises(RunAbandoned):
            succeed()
    profile.refresh_from_db()
    assert (profile.status, profile.log) == ("failed", "Failed: reaped\n")
    assert Server.objects.filter(enrolled=False).exists()


def test_a_success_without_its_server_is_none(profile: InitialServerProfile) -> None:
    server = server_for(profile)
    Server.objects.all().delete()
    with pytest.raises(RunAbandoned):
        run_succeed(profile, server, changes={}, facts={}, fingerprint="")
    profile.refresh_from_db()
    assert (profile.status, profile.password) == ("running", "s3cret")  # run() ends it, and erases the secret
