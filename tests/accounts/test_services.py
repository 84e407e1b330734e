"""The first admin and passwords."""

import pytest

from virtadmin.accounts.models import User
from virtadmin.accounts.services import first_admin_create, user_set_password

pytestmark = pytest.mark.django_db


def test_the_first_admin_gets_a_password_of_its_own() -> None:
    password = first_admin_create()
    assert password
    assert len(password) >= 16
    admin = User.objects.get()
    assert admin.username == "admin"
    assert admin.check_password(password)
    assert admin.sees_all


def test_or_the_one_it_was_given() -> None:
    assert first_admin_create(password="chosen-password") == "chosen-password"
    assert User.objects.get().check_password("chosen-password")


def test_where_there_is_a_user_none_is_made(alice: User) -> None:
    assert first_admin_create() is None
    assert User.objects.count() == 1


def test_a_lost_password_can_be_set_anew(alice: User) -> None:
    password = user_set_password(username="alice")
    alice.refresh_from_db()
    assert alice.check_password(password)
    assert user_set_password(username="alice", password="another-one-here") == "another-one-here"
