"""What can be done to users, their tokens and the log of changes."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from auditlog.models import LogEntry
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.admin.models import LogEntry as AdminEntry
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from knox.models import AuthToken
from knox.settings import knox_settings

from virtadmin.accounts.models import PasswordLink, Session, TokenNote, User
from virtadmin.accounts.rights import only_admins
from virtadmin.accounts.roles import Role
from virtadmin.accounts.sessions import sessions_end
from virtadmin.accounts.two_factor import NOT_YOURS, two_factor_missing
from virtadmin.core.deleting import batches_delete
from virtadmin.core.errors import Conflict, InvalidInput, NotAllowed

ADMIN_NAME = "admin"
FAILED_LOGINS_KEPT = timedelta(days=1)
TOKEN_NAME_LENGTH = 100
OWN_FIELDS = frozenset({"email", "first_name", "last_name", "time_zone"})
"""What people change of their own account without an admin."""


def first_admin_create(*, password: str = "") -> str | None:
    """Make the user "admin" if there is no user yet. Returns its password (the given or a generated one), else None."""
    with transaction.atomic():
        if User.objects.exists():
            return None
        password = password or secrets.token_urlsafe(12)
        User.objects.create_superuser(ADMIN_NAME, "", password, role=Role.ADMIN)
    return password


def user_set_password(*, username: str, password: str = "") -> str:
    """Set a user's password (the given or a generated one) and return it. Raises User.DoesNotExist."""
    user = User.objects.get(username=username)
    password = password or secrets.token_urlsafe(12)
    user.set_password(password)
    user.save(update_fields=["password"])
    _let_out(user)
    return password


@transaction.atomic
def token_create(*, user: User, name: str = "") -> tuple[str, datetime | None]:
    """A new token and when it ends (`TOKEN_DAYS`). Only its hash is kept.

    Raises NotAllowed where the hub demands two-factor sign-in and the user has none, and InvalidInput.
    """
    if two_factor_missing(user):
        raise NotAllowed("This hub demands two-factor sign-in: sign in to its pages and set it up there first.")
    if len(name) > TOKEN_NAME_LENGTH:
        raise InvalidInput("name", f"Use {TOKEN_NAME_LENGTH} characters at most.")
    kept, token = AuthToken.objects.create(user=user, expiry=knox_settings.TOKEN_TTL)
    TokenNote.objects.create(token=kept, name=name.strip())
    return token, kept.expiry


def own_token_create(*, user: User, password: str, name: str) -> tuple[str, datetime | None]:
    """The same for somebody who is signed in already, by their password: else a session or a token that was stolen
    would make itself a token that outlives it. Raises InvalidInput and NotAllowed."""
    if not user.check_password(password):
        raise InvalidInput("password", NOT_YOURS)
    return token_create(user=user, name=name)


def user_create(
    *, actor: User, username: str, password: str | None = None, groups: Iterable[Group] = (), **fields: Any
) -> User:
    """Make an account. `fields`: email, first_name, last_name, time_zone, role, is_active.

    Without a password nobody gets in until they set one by a link (`password_links`). Raises NotAllowed, InvalidInput.
    """
    only_admins(actor)
    user = User(username=username)
    user.set_unusable_password()
    with transaction.atomic():
        return _user_fill(user, {**fields, "password": password, "groups": groups})


def user_update(*, user: User, actor: User, **fields: Any) -> User:
    """Change an account: email, names and time zone by its owner, everything (as in user_create) by admins.

    Switching it off or giving it another password ends its tokens and sessions. Raises NotAllowed, InvalidInput, and
    Conflict when nobody would be left who may do everything.
    """
    if actor.pk != user.pk or not OWN_FIELDS.issuperset(fields):
        only_admins(actor)
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        ruled = _rules(user)
        _user_fill(user, fields)
        if ruled and not _rules(user) and not User.objects.filter(role=Role.ADMIN, is_active=True).exists():
            raise Conflict("Somebody has to stay an admin: make another one first.")
        if not user.is_active or "password" in fields:
            _let_out(user)
    return user


def user_change_password(
    *, user: User, old_password: str, new_password: str, keep: AuthToken | None = None, keep_session: str | None = None
) -> None:
    """Change one's own password; all tokens and sessions end but the two to keep (by its key). Raises InvalidInput."""
    if not user.check_password(old_password):
        raise InvalidInput("old_password", NOT_YOURS)
    user_set_own_password(user=user, password=new_password, field="new_password", keep=keep, keep_session=keep_session)


@transaction.atomic
def user_set_own_password(
    *, user: User, password: str, field: str, keep: AuthToken | None = None, keep_session: str | None = None
) -> None:
    """Set the password of somebody who proved to be this user. Raises InvalidInput(field)."""
    _password_set(user, password, field)
    user.save(update_fields=["password"])
    _let_out(user, keep=keep, keep_session=keep_session)


def _let_out(user: User, *, keep: AuthToken | None = None, keep_session: str | None = None) -> None:
    """End the user's tokens, sessions and password links."""
    AuthToken.objects.filter(user=user).exclude(pk=keep and keep.pk).delete()
    PasswordLink.objects.filter(user=user, used=None).delete()
    sessions_end(user=user, keep=keep_session)


def _rules(user: User) -> bool:
    return user.role == Role.ADMIN and user.is_active


def _user_fill(user: User, fields: dict[str, Any]) -> User:
    """Set the fields, check them and save."""
    groups, password, former = fields.get("groups"), fields.get("password"), user.role
    for name in fields.keys() - {"groups", "password"}:
        setattr(user, name, fields[name])
    if former == Role.ADMIN != user.role:  # being an admin had opened the admin site and everyone's objects
        user.is_staff = user.is_superuser = False
    if password is not None:
        _password_set(user, password, "password")
    try:
        user.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidInput(field, messages[0]) from None
    user.save()
    if groups is not None:
        user.groups.set(groups)
    return user


def _password_set(user: User, password: str, field: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(field, " ".join(error.messages)) from None
    user.set_password(password)


def traces_prune(*, now: datetime) -> int:
    """Delete log entries older than `LOG_ENTRY_KEEP_DAYS` (the admin site's own too), tokens, sessions and links that
    expired, and failed logins that lock nobody out any more. Returns how many rows."""
    kept_from = now - timedelta(days=settings.LOG_ENTRY_KEEP_DAYS)
    old = (
        LogEntry.objects.filter(timestamp__lt=kept_from),
        AdminEntry.objects.filter(action_time__lt=kept_from),
        AuthToken.objects.filter(expiry__lt=now),
        Session.objects.filter(expire_date__lt=now),
        PasswordLink.objects.filter(expires__lt=now),
        AccessAttempt.objects.filter(attempt_time__lt=now - FAILED_LOGINS_KEPT),
    )
    return sum(batches_delete(rows) for rows in old)
