"""Transactions that are done again when the database broke them off for another's sake."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

Result = TypeVar("Result")
TIMES = 10
PAUSE, LONGEST = 0.02, 1.0
"""Seconds before the second try at most, twice as long before each one after it; and before any. A busy server comes
through in that time even with people deleting what is just being written."""
CONFLICTS = {
    1205,  # MySQL: it waited too long for a lock
    1213,  # MySQL: deadlock
    "40001",  # SQL: serialization failure
    "40P01",  # PostgreSQL: deadlock
}
"""What each driver calls a transaction that is to be tried again."""


def retried(work: Callable[[], Result]) -> Result:
    """Do the work in a transaction of its own, several times if need be; inside of another one, once.

    Again where it stood in the way of another transaction (a deadlock ends only by breaking one off), or what it
    refers to was deleted while it ran (IntegrityError). So the work must read anew what it decides by.
    """
    tries = 1 if connection.in_atomic_block else TIMES
    for number in range(1, tries):
        try:
            return _once(work)
        except DatabaseError as error:
            if not is_conflict(error):
                raise
        time.sleep(random.uniform(0, min(LONGEST, PAUSE * 2**number)))  # noqa: S311 - so that those who collided do not meet again
    return _once(work)


def is_conflict(error: DatabaseError) -> bool:
    """Whether the same may succeed at the next try. Pure."""
    if isinstance(error, IntegrityError):
        return True
    codes = {getattr(error.__cause__, "sqlstate", None), *error.args[:1]}  # as psycopg tells it, and as PyMySQL does
    return isinstance(error, OperationalError) and not CONFLICTS.isdisjoint(codes)


def _once(work: Callable[[], Result]) -> Result:
    with transaction.atomic():
        return work()
