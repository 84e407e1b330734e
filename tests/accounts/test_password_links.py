"""Links by which people choose their password."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone
from knox.models import AuthToken

from virtadmin.accounts.models import PasswordLink, User
from virtadmin.accounts.password_links import (
    password_link_create,
    password_link_follow,
    password_link_send,
    password_link_user,
)
from virtadmin.accounts.services import token_create, user_create, user_update
from virtadmin.core.errors import Conflict, InvalidInput, NotAllowed

GOOD = "a-good-password"


def test_who_is_invited_chooses_their_own_password(admin_person: User) -> None:
    dora = user_create(actor=admin_person, username="dora", role="viewer")
    assert not dora.has_usable_password()
    token = password_link_create(user=dora, actor=admin_person)
    with connection.cursor() as cursor:
        cursor.execute("SELECT digest FROM accounts_passwordlink")
        assert cursor.fetchone()[0] != token
    now = timezone.now()
    assert password_link_user(token=token, now=now) == dora
    with pytest.raises(InvalidInput) as weak:
        password_link_follow(token=token, password="dora", now=now)
    assert weak.value.field == "new_password"
    password_link_follow(token=token, password=GOOD, now=now)
    dora.refresh_from_db()
    assert dora.check_password(GOOD)
    with pytest.raises(Conflict):
        password_link_follow(token=token, password="another-good-one", now=now)
    assert password_link_user(token=token, now=now) is None


def test_it_ends_after_a_day_and_when_there_is_a_newer_one(alice: User, admin_person: User) -> None:
    old = password_link_create(user=alice, actor=admin_person)
    new = password_link_create(user=alice, actor=admin_person)
    now = timezone.now()
    assert password_link_user(token=old, now=now) is None
    assert password_link_user(token=new, now=now + timedelta(hours=23)) == alice
    assert password_link_user(token=new, now=now + timedelta(hours=25)) is None
    with pytest.raises(Conflict):
        password_link_follow(token=new, password=GOOD, now=now + timedelta(hours=25))


def test_a_new_password_ends_tokens_and_links(alice: User, admin_person: User) -> None:
    token = password_link_create(user=alice, actor=admin_person)
    token_create(user=alice)
    user_update(user=alice, actor=admin_person, password=GOOD)
    assert password_link_user(token=token, now=timezone.now()) is None
    assert not AuthToken.objects.exists()


def test_who_is_switched_off_gets_none_and_follows_none(alice: User, admin_person: User) -> None:
    token = password_link_create(user=alice, actor=admin_person)
    user_update(user=alice, actor=admin_person, is_active=False)
    assert password_link_user(token=token, now=timezone.now()) is None
    alice.refresh_from_db()
    with pytest.raises(Conflict):
        password_link_create(user=alice, actor=admin_person)


def test_only_admins_make_them(alice: User, bob: User) -> None:
    with pytest.raises(NotAllowed):
        password_link_create(user=bob, actor=alice)
    assert not PasswordLink.objects.exists()


def test_it_is_sent_where_the_hub_has_email(alice: User, settings: object) -> None:
    address = "https://hub.example.org/password/t0ken/"
    assert not password_link_send(user=alice, address=address)
    settings.EMAIL_URL = "smtp://mail.example.org"  # type: ignore[attr-defined]
    assert password_link_send(user=alice, address=address)
    [sent] = mail.outbox
    assert sent.to == ["alice@example.org"]
    assert address in sent.body
    assert "24 hours" in sent.body
    alice.email = ""
    assert not password_link_send(user=alice, address=address)


def test_a_mail_server_that_is_away_is_no_accident(alice: User, settings: object) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1:1"  # type: ignore[attr-defined]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # type: ignore[attr-defined]
    assert not password_link_send(user=alice, address="https://hub.example.org/")
