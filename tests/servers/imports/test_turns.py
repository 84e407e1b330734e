"""Only so many enrolments at once: who waits, who goes first, and who hands the turn on."""

from typing import Any

import pytest
from celery import current_app
from django.utils import timezone
from pytest_django import Settings

from virtadmin.accounts.models import User
from virtadmin.servers import services
from virtadmin.servers.enrolment.run import run
from virtadmin.servers.enrolment.turns import turn_take, turns_give
from virtadmin.servers.models import ImportRow, InitialServerProfile, ServerImport


@pytest.fixture(autouse=True)
def _two_at_once(settings: Settings) -> None:
    settings.ENROLMENTS_AT_ONCE = 2


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs handed to the workers."""
    ids: list[int] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args, **_: ids.append(args[0]))
    return ids


def made(owner: User, number: int, **fields: Any) -> int:
    profile = InitialServerProfile.objects.create(
        owner=owner, ip_address=f"127.0.1.{number}", port=9, password="s3cret", **fields
    )
    return profile.pk


def status(pk: int) -> str:
    return InitialServerProfile.objects.get(pk=pk).status


def test_the_third_waits_and_no_run_is_taken_twice(alice: User) -> None:
    first, second, third = (made(alice, number) for number in range(201, 204))
    assert turn_take(first)
    assert turn_take(first) is None
    assert turn_take(second)
    assert turn_take(third) is None
    assert status(third) == "pending"
    run(third)
    assert InitialServerProfile.objects.get(pk=third).password == "s3cret"
    InitialServerProfile.objects.filter(pk=first).update(status="failed")
    taken = turn_take(third)
    assert taken
    assert (taken.status, taken.heartbeat is not None) == ("running", True)


def test_what_a_person_verifies_by_hand_never_waits(alice: User) -> None:
    for number in (201, 202):
        made(alice, number, status="running")
    assert turn_take(made(alice, 203, by_hand=True))


def test_whoever_ends_hands_the_turn_on_and_single_ones_come_before_imports(alice: User, sent: list[int]) -> None:
    batch = ServerImport.objects.create(owner=alice, format="lines")
    imported = [made(alice, number) for number in (201, 202, 203)]
    for line, pk in enumerate(imported, 1):
        ImportRow.objects.create(batch=batch, line=line, ip_address="x", profile_id=pk)
    single = made(alice, 204)
    run(imported[0])
    assert status(imported[0]) == "failed"  # nothing listens there
    assert sent == [single, imported[1]]


def test_nothing_is_sent_while_all_turns_are_taken(alice: User, sent: list[int]) -> None:
    for number in (201, 202):
        made(alice, number, status="running", heartbeat=timezone.now())
    made(alice, 203)
    made(alice, 204, by_hand=True)
    turns_give()
    assert sent == []


def test_the_reaper_hands_on_the_turns_of_the_lost(alice: User, sent: list[int]) -> None:
    for number in (201, 202):
        made(alice, number, status="running", heartbeat=None)
    waiting = made(alice, 203)
    services.enrolments_reap(now=timezone.now())
    assert sent == [waiting]
