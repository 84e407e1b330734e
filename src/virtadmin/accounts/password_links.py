"""Links by which people choose their own password: invited, or because they forgot it. Nobody else ever knows it."""

import hashlib
import secrets
import smtplib
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from virtadmin.accounts.models import PasswordLink, User
from virtadmin.accounts.rights import only_admins
from virtadmin.accounts.services import user_set_own_password
from virtadmin.core.errors import Conflict

VALID = timedelta(hours=24)
TOKEN_BYTES = 32
OVER = "This link was used already, or is too old. Ask for a new one."


@transaction.atomic
def password_link_create(*, user: User, actor: User) -> str:
    """The token of a link for this user; links made before end. Raises NotAllowed, Conflict."""
    only_admins(actor)
    if not user.is_active:
        raise Conflict("This account is switched off. Switch it on first.")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    PasswordLink.objects.filter(user=user).delete()
    PasswordLink.objects.create(digest=_digest(token), user=user, expires=timezone.now() + VALID)
    return token


def password_link_user(*, token: str, now: datetime) -> User | None:
    """Whose password this link sets; None if it is none, used, too old, or of an account that is switched off."""
    rows = PasswordLink.objects.select_related("user").filter(used=None, expires__gt=now, user__is_active=True)
    link = rows.filter(digest=_digest(token)).first()
    return link.user if link else None


def password_link_send(*, user: User, address: str) -> bool:
    """Send the link by email. Returns whether the mail server took it; False also where there is no email."""
    if not settings.EMAIL_URL or not user.email:
        return False
    facts = {"user": user, "address": address, "hub": settings.HUB_NAME, "hours": VALID.total_seconds() // 3600}
    text = render_to_string("accounts/password_link.txt", facts)
    try:
        return bool(send_mail(f"Your account at {settings.HUB_NAME}", text, None, [user.email]))
    except (OSError, smtplib.SMTPException):
        return False  # whoever made the link is told, and hands it on by other means


@transaction.atomic
def password_link_follow(*, token: str, password: str, now: datetime) -> User:
    """Set the password; all sessions and tokens of the account end. Raises InvalidInput, and Conflict when it is over.

    It signs nobody in: where two-factor sign-in is on, a code is asked for as always.
    """
    user = password_link_user(token=token, now=now)
    if user is None or not PasswordLink.objects.filter(digest=_digest(token), used=None).update(used=now):
        raise Conflict(OVER)
    user_set_own_password(user=user, password=password, field="new_password")  # refused, the link is unused still
    return user


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
