"""Runs: made, refused, forgotten, pruned."""

from datetime import timedelta
from typing import Any

import pytest
import redis
from auditlog.models import LogEntry
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from virtadmin.accounts.models import User
from virtadmin.core.errors import Conflict, InvalidInput, NotAllowed
from virtadmin.servers import dispatch, services
from virtadmin.servers.enrolment.run import run
from virtadmin.servers.models import InitialServerProfile, Server


def created(owner: User, **fields: Any) -> InitialServerProfile:
    return services.profile_create(owner=owner, **{"ip_address": "192.0.2.1", "password": "s3cret", **fields})


def test_it_stores_what_was_entered_encrypted_and_sends_the_number_alone(
    alice: User, valkey: redis.Redis, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        profile = created(alice, ip_address=" WEB.example ", name=" web ", port=2222)
    assert (profile.ip_address, profile.name, profile.port, profile.status) == ("web.example", "web", 2222, "pending")
    assert InitialServerProfile.objects.filter(password__contains="s3cret").count() == 0
    assert InitialServerProfile.objects.get().password == "s3cret"
    [message] = valkey.lrange("enrol", 0, -1)
    assert b"s3cret" not in message


def test_a_task_queue_that_is_away_ends_the_run_at_once(
    alice: User,
    valkey: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    def away(*_: object, **__: object) -> None:
        raise dispatch.OperationalError("connection refused")

    monkeypatch.setattr(dispatch.current_app, "send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        profile = created(alice)
    profile.refresh_from_db()
    assert (profile.status, profile.password) == ("failed", "")
    assert "task queue cannot be reached" in profile.log


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"ip_address": "https://x"}, "ip_address"),
        ({"port": 0}, "port"),
        ({"username": ""}, "username"),
        ({"name": "a\nb"}, "name"),
        ({"password": ""}, "password"),
        ({"ssh_key": "nonsense"}, "ssh_key"),
        ({"host_key_fingerprint": "nonsense"}, "host_key_fingerprint"),
    ],
)
def test_it_names_the_field_that_is_wrong_and_stores_nothing(alice: User, fields: dict[str, Any], wrong: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        created(alice, **fields)
    assert caught.value.field == wrong
    assert not InitialServerProfile.objects.exists()


def test_only_who_may_add_servers_enrols(bob: User) -> None:
    with pytest.raises(NotAllowed):
        created(bob)


def test_one_run_an_address_at_a_time(alice: User, charlie: User) -> None:
    first = created(alice)
    for state in ("pending", "running"):
        InitialServerProfile.objects.filter(pk=first.pk).update(status=state)
        with pytest.raises(Conflict):
            created(alice)
    created(alice, port=2222)
    created(charlie)
    InitialServerProfile.objects.filter(pk=first.pk).update(status="failed")
    created(alice)


def test_a_run_is_taken_up_once(alice: User, valkey: redis.Redis) -> None:
    profile = created(alice, ip_address="127.0.1.250")
    run(profile.pk)
    profile.refresh_from_db()
    log = profile.log
    run(profile.pk)
    run(987654)
    profile.refresh_from_db()
    assert profile.log == log


def test_a_run_under_way_cannot_be_deleted(alice: User) -> None:
    profile = created(alice)
    InitialServerProfile.objects.update(status="running")
    with pytest.raises(Conflict):
        services.profile_delete(profile=profile)
    InitialServerProfile.objects.update(status="succeeded")
    services.profile_delete(profile=profile)
    assert not InitialServerProfile.objects.exists()


def test_old_runs_are_pruned_and_their_servers_stay(alice: User) -> None:
    now = timezone.now()
    old = now - timedelta(days=31)
    created(alice, ip_address="192.0.2.9", by_hand=True)
    watched = Server.objects.get()
    Server.objects.update(enrolled=True)
    InitialServerProfile.objects.update(status="succeeded", finished=old)
    created(alice, ip_address="192.0.2.10", by_hand=True)
    InitialServerProfile.objects.filter(status="pending").update(created=old)
    kept = created(alice)
    assert services.profiles_prune(now=now) == 2
    assert InitialServerProfile.objects.get() == kept
    assert Server.objects.get() == watched


def test_a_server_two_printed_scripts_share_stays_until_both_are_given_up(alice: User) -> None:
    first, second = created(alice, by_hand=True), created(alice, by_hand=True)
    assert first.server == second.server
    services.profile_delete(profile=first)
    assert Server.objects.exists()
    services.profile_delete(profile=second)
    assert not Server.objects.exists()


@pytest.mark.usefixtures("valkey")
def test_the_log_of_changes_names_whose_enrolment_it_is(alice: User) -> None:
    profile = services.profile_create(owner=alice, ip_address="192.0.2.1", password="not to be logged")
    entry = LogEntry.objects.get_for_object(profile).get()
    assert entry.actor == alice
    assert "not to be logged" not in str(entry.changes)
