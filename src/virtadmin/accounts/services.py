"""What can be done to users, their tokens and the log of changes."""

import secrets

from django.db import transaction

from virtadmin.accounts.models import User
from virtadmin.accounts.roles import Role

ADMIN_NAME = "admin"


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
    return password
