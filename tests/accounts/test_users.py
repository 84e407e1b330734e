"""Who may change whose account."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from virtadmin.accounts.models import User
from virtadmin.accounts.services import user_create, user_update
from virtadmin.core.errors import InvalidInput, NotAllowed


def test_only_admins_make_accounts(alice: User) -> None:
    with pytest.raises(NotAllowed):
        user_create(actor=alice, username="dora", password="a-long-enough-one")


@pytest.mark.parametrize("change", [{"role": "admin"}, {"is_active": False}, {"password": "another-good-one"}])
def test_people_do_not_raise_themselves(alice: User, change: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed):
        user_update(user=alice, actor=alice, **change)


def test_people_do_not_change_one_another(alice: User, bob: User) -> None:
    with pytest.raises(NotAllowed):
        user_update(user=bob, actor=alice, email="mine@example.org")


def test_staff_without_the_role_make_no_admins(bob: User, alice: User) -> None:
    bob.is_staff = True
    bob.save()
    with pytest.raises(NotAllowed):
        user_update(user=alice, actor=bob, role="admin")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"username": "a b"}, "username"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"role": "king"}, "role"),
        ({"email": "x"}, "email"),
    ],
)
def test_what_is_wrong_is_named(admin_person: User, fields: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        user_create(actor=admin_person, **{"username": "dora", "password": "a-long-enough-one", **fields})
    assert refusal.value.field == named


def test_a_persons_time_zone_is_their_own_or_the_hubs(alice: User) -> None:
    assert str(alice.zone) == settings.TIME_ZONE
    alice = user_update(user=alice, actor=alice, time_zone="Asia/Kathmandu")
    assert datetime(2026, 1, 1, tzinfo=alice.zone).utcoffset() == timedelta(hours=5, minutes=45)
