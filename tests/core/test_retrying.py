"""Transactions that are done again, as far as one connection can show it; tests/databases has real deadlocks."""

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from virtadmin.core import retrying
from virtadmin.core.models import Hub
from virtadmin.core.retrying import TIMES, is_conflict, retried


class Deadlock(Exception):
    """As psycopg raises it."""

    sqlstate = "40P01"


def caused(error: DatabaseError, cause: Exception) -> DatabaseError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (OperationalError(1213, "Deadlock found when trying to get lock"), True),
        (OperationalError(1205, "Lock wait timeout exceeded"), True),
        (caused(OperationalError("deadlock detected"), Deadlock()), True),
        (IntegrityError(1452, "a foreign key constraint fails"), True),
        (OperationalError(2006, "server has gone away"), False),
        (OperationalError("database is locked"), False),
        (OperationalError(), False),
        (DatabaseError(1213), False),
    ],
)
def test_a_conflict_is_known_by_the_drivers_code(error: DatabaseError, again: bool) -> None:
    assert is_conflict(error) is again


@pytest.mark.django_db(transaction=True)
def test_the_work_is_done_again_until_it_gets_through_and_counts_once() -> None:
    tries = []

    def work() -> str:
        Hub.objects.create(pk=len(tries) + 1)
        tries.append(connection.in_atomic_block)
        if len(tries) < 3:
            raise OperationalError(1213, "Deadlock")
        return "done"

    assert retried(work) == "done"
    assert tries == [True, True, True]
    assert list(Hub.objects.values_list("pk", flat=True)) == [3]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("error", "tries"), [(OperationalError(1213), TIMES), (OperationalError(2006), 1), (ValueError(), 1)]
)
def test_what_stays_wrong_is_raised_in_the_end_and_what_is_no_conflict_at_once(
    error: Exception, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "LONGEST", 0.001)
    done = []

    def work() -> None:
        done.append(1)
        raise error

    with pytest.raises(type(error)):
        retried(work)
    assert len(done) == tries


@pytest.mark.django_db
def test_inside_another_transaction_there_is_no_second_try() -> None:
    done = []

    def work() -> None:
        done.append(1)
        raise OperationalError(1213)

    with transaction.atomic(), pytest.raises(OperationalError):
        retried(work)
    assert len(done) == 1
