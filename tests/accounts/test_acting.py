"""Who the change log names."""

import pytest
from auditlog.context import set_actor
from auditlog.models import LogEntry
from django.db.models.signals import pre_save

from virtadmin.accounts.acting import acting
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Threshold
from virtadmin.servers.models import Server


@pytest.fixture
def threshold(alice: User) -> Threshold:
    """Something whose changes are logged."""
    server = Server.objects.create(owner=alice, name="web1", ip_address="web1.example.org")
    return Threshold.objects.create(server=server)


def changed(threshold: Threshold, limit: int) -> User | None:
    threshold.cpu_usage = limit
    threshold.save()
    entry = LogEntry.objects.get_for_object(threshold).filter(action=LogEntry.Action.UPDATE).order_by("-pk").first()
    return entry.actor if entry else None


def test_changes_inside_are_the_users_and_those_after_are_nobodys(threshold: Threshold, alice: User) -> None:
    with acting(alice):
        assert changed(threshold, 1) == alice
    assert changed(threshold, 2) is None
    with acting(None):
        assert changed(threshold, 3) is None


def test_it_may_be_nested_in_a_request_and_leaves_no_listener_behind(
    threshold: Threshold, alice: User, bob: User
) -> None:
    def listeners() -> int:
        return sum(1 for receiver in pre_save.receivers if "set_actor" in str(receiver[0]))

    before = listeners()
    with set_actor(alice):
        with acting(bob):
            assert changed(threshold, 1) == bob
            assert listeners() == before + 2
        assert changed(threshold, 2) == alice
    assert listeners() == before


def test_an_error_inside_ends_it_too(threshold: Threshold, alice: User) -> None:
    with pytest.raises(ZeroDivisionError), acting(alice):
        raise ZeroDivisionError
    assert changed(threshold, 1) is None
