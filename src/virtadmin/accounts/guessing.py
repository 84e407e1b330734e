"""Guesses of a password or code by somebody who is signed in already: counted and locked as at the sign-in page."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.signals import user_login_failed

from virtadmin.accounts.models import User
from virtadmin.core.errors import Conflict, InvalidInput

GUESSED = frozenset({"password", "old_password", "code"})
"""Fields whose refusal is a wrong guess."""


@contextmanager
def guesses_counted(request: Any, user: User) -> Iterator[None]:
    """What a service refuses inside because a password or code is wrong counts as a failed sign-in of this user.

    Raises Conflict while they are locked out. `request` is Django's or the REST framework's.
    """
    credentials = {"username": user.get_username()}
    if not AxesProxyHandler.is_allowed(request, credentials):
        raise Conflict("Too many wrong tries. Wait a quarter of an hour, then try again.")
    try:
        yield
    except InvalidInput as refusal:
        if refusal.field in GUESSED:
            user_login_failed.send(sender=__name__, credentials=credentials, request=request)
        raise
