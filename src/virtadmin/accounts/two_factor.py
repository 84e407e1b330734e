"""Two-factor sign-in: an authenticator app is set up, asked, and switched off; recovery codes stand in for it."""

import hashlib
import secrets
from contextlib import suppress
from datetime import datetime

from auditlog.models import LogEntry
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from redis import RedisError

from virtadmin.accounts.models import Authenticator, RecoveryCode, User
from virtadmin.accounts.rights import only_admins
from virtadmin.accounts.totp import accepted_step, plain, secret_new
from virtadmin.core.errors import Conflict, InvalidInput

CODES = 10
"""Recovery codes of a person."""
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""What recovery codes are made of: 32 signs that are not mistaken for each other."""
LENGTH = 16
GUESSES_MOST, GUESSES_SECONDS = 20, 3600
"""Wrong codes for one person, from all addresses together, and within which time. Six digits could else be guessed by
who knows the password and has many addresses; recovery codes cannot, so that their owner gets in all the same."""
WRONG = "This code is not right, or not any more. Enter the one your app shows now."

NOT_YOURS = "This is not your password."


def two_factor_on(user: User) -> bool:
    """Whether signing in as this user takes a code."""
    return Authenticator.objects.filter(user=user, confirmed__isnull=False).exists()


def two_factor_demanded(user: User) -> bool:
    """Whether `REQUIRE_TOTP` wants this user to have a second factor."""
    return settings.REQUIRE_TOTP == "all" or (settings.REQUIRE_TOTP == "staff" and user.sees_all)


def two_factor_missing(user: User) -> bool:
    """Whether this user has to set it up before anything else."""
    return two_factor_demanded(user) and not two_factor_on(user)


@transaction.atomic
def two_factor_begin(*, user: User) -> Authenticator:
    """An authenticator to confirm, with a new key each time: whoever saw one that was begun before knows nothing.

    Raises Conflict when two-factor sign-in is on.
    """
    row, made = Authenticator.objects.select_for_update().get_or_create(user=user, defaults={"secret": secret_new()})
    if row.confirmed:
        raise Conflict("Two-factor sign-in is on already. Switch it off first.")
    if not made:
        row.secret = secret_new()
        row.save(update_fields=["secret"])
    return row


def two_factor_begun(*, user: User, mark: str) -> Authenticator | None:
    """The authenticator that waits, if it is the one of this mark still: for a form that is shown again."""
    row = Authenticator.objects.filter(user=user, confirmed=None).first()
    return row if row and row.mark == mark else None


@transaction.atomic
def two_factor_confirm(*, user: User, password: str, code: str, now: datetime) -> list[str]:
    """Switch it on by a first code. Returns the recovery codes, which are shown this once.

    It takes the password too: whoever found a browser signed in could shut its owner out for good. Raises
    InvalidInput ("password", "code"), and Conflict when it was not begun or is on already.
    """
    row = Authenticator.objects.select_for_update().filter(user=user, confirmed=None).first()
    if row is None:
        raise Conflict("There is nothing to confirm: begin again.")
    if not user.check_password(password):
        raise InvalidInput("password", NOT_YOURS)
    step = accepted_step(row.secret, code, now, row.last_step)
    if step is None:
        raise InvalidInput("code", WRONG)
    row.confirmed, row.last_step = now, step
    row.save()
    _told(user, "off", "on")
    return _codes_new(user)


@transaction.atomic
def recovery_codes_renew(*, user: User, code: str, now: datetime) -> list[str]:
    """Ten new recovery codes, shown this once; the old ones end. Raises InvalidInput("code")."""
    if not code_accept(user=user, code=code, now=now):
        raise InvalidInput("code", WRONG)
    return _codes_new(user)


def two_factor_end(*, user: User, password: str, code: str, now: datetime) -> None:
    """Switch it off. Raises InvalidInput, and Conflict when it is not on."""
    if not two_factor_on(user):
        raise Conflict("Two-factor sign-in is not on.")
    if not user.check_password(password):
        raise InvalidInput("password", NOT_YOURS)
    if not code_accept(user=user, code=code, now=now):
        raise InvalidInput("code", WRONG)
    _forget(user)


def two_factor_reset(*, user: User, actor: User) -> None:
    """Switch it off for somebody who lost their phone and their recovery codes. Raises NotAllowed."""
    only_admins(actor)
    _forget(user)


def two_factor_forget(*, username: str) -> None:
    """The same from the hub's own command line, when no admin can get in. Raises User.DoesNotExist."""
    _forget(User.objects.get(username=username))


def code_accept(*, user: User, code: str, now: datetime) -> bool:
    """Whether the code is the app's or one of the recovery codes. Each is taken once, also by two at the same time.

    After `GUESSES_MOST` wrong ones within an hour, from wherever they came, only recovery codes are.
    """
    row = Authenticator.objects.filter(user=user, confirmed__isnull=False).first()
    if row is None:
        return False
    step = accepted_step(row.secret, code, now, row.last_step) if _guesses(user) < GUESSES_MOST else None
    if step is None:
        recovered = bool(RecoveryCode.objects.filter(user=user, digest=_digest(code)).delete()[0])
        if not recovered:
            _guess_count(user)
        return recovered
    earlier = Q(last_step=None) | Q(last_step__lt=step)
    return bool(Authenticator.objects.filter(earlier, pk=row.pk).update(last_step=step))


def _guesses(user: User) -> int:
    """Wrong codes of late; none while the cache is away (each address is locked out all the same)."""
    with suppress(RedisError):
        return int(cache.get(_guesses_key(user), 0))
    return 0


def _guess_count(user: User) -> None:
    with suppress(RedisError, ValueError):  # the latter: the time was over between the two
        cache.add(_guesses_key(user), 0, GUESSES_SECONDS)
        cache.incr(_guesses_key(user))


def _guesses_key(user: User) -> str:
    return f"two-factor-guesses:{user.uuid}"


def recovery_codes_left(user: User) -> int:
    """How many recovery codes were not used yet."""
    return RecoveryCode.objects.filter(user=user).count()


@transaction.atomic
def _forget(user: User) -> None:
    if two_factor_on(user):
        _told(user, "on", "off")
    Authenticator.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def _told(user: User, before: str, after: str) -> None:
    """Put it into the log of changes as one of the user's: what it takes to sign in as them."""
    changes = {"two-factor sign-in": [before, after]}
    LogEntry.objects.log_create(user, force_log=True, action=LogEntry.Action.UPDATE, changes=changes)


def _codes_new(user: User) -> list[str]:
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(code)) for code in codes)
    return ["-".join(code[place : place + 4] for place in range(0, LENGTH, 4)) for code in codes]


def _digest(code: str) -> str:
    return hashlib.sha256(plain(code).encode()).hexdigest()
