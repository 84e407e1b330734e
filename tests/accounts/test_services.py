"""The first admin and passwords."""

from datetime import timedelta
from functools import partial

import pytest
from auditlog.models import LogEntry
from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry as AdminEntry
from django.utils import timezone
from knox.models import AuthToken

from virtadmin.accounts import services
from virtadmin.accounts.models import Session, User
from virtadmin.accounts.services import first_admin_create, user_set_password
from virtadmin.accounts.tasks import prune
from virtadmin.core.deleting import batches_delete

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


def test_old_traces_go_in_batches_and_new_ones_stay(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "batches_delete", partial(batches_delete, batch=2))
    now = timezone.now()
    LogEntry.objects.all().delete()
    for days in (800, 790, 750, 1):
        entry = LogEntry.objects.log_create(alice, force_log=True, action=LogEntry.Action.UPDATE)
        LogEntry.objects.filter(pk=entry.pk).update(timestamp=now - timedelta(days=days))
    AuthToken.objects.create(alice, expiry=timedelta(days=-1))
    AuthToken.objects.create(alice, expiry=timedelta(days=1))
    Session.objects.create(session_key="old", session_data="", expire_date=now - timedelta(days=1))
    for days in (740, 1):
        AdminEntry.objects.create(user=alice, action_flag=1, action_time=now - timedelta(days=days))
        failed = AccessAttempt.objects.create(username="x", failures_since_start=1)
        AccessAttempt.objects.filter(pk=failed.pk).update(attempt_time=now - timedelta(days=days - 0.5))
    prune()
    assert LogEntry.objects.filter(timestamp__lt=now - timedelta(days=730)).count() == 0
    assert LogEntry.objects.filter(timestamp__gt=now - timedelta(days=2)).exists()
    assert AuthToken.objects.count() == 1
    assert not Session.objects.exists()
    assert AdminEntry.objects.count() == AccessAttempt.objects.count() == 1
