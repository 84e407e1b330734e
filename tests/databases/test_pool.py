"""The connections to PostgreSQL that a web process shares, when the server ends them all; collected there alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests.running.hub import until
from virtadmin.config.databases import POOL

pytestmark = pytest.mark.django_db(transaction=True)
OPEN = 8
"""More than psycopg_pool's own check gets over in the time that a request waits."""


@pytest.fixture
def wrappers() -> Iterator[list[Any]]:
    """Connections of as many threads of a web process."""
    known = connection.settings_dict
    pooled = {**known, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "OPTIONS": {**known["OPTIONS"], "pool": POOL}}
    made: list[Any] = [type(connection._connections[connection._alias])(pooled, "pooled") for _ in range(OPEN)]
    yield made
    for wrapper in made:
        wrapper.close()
    made[0].close_pool()


def answers(wrapper: Any) -> int:
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_who_comes_after_the_loss_of_all_gets_a_new_one(wrappers: list[Any]) -> None:
    pids = [answers(wrapper) for wrapper in wrappers]
    assert len(set(pids)) == OPEN
    for wrapper in wrappers:
        wrapper.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", [pids])

        def alive() -> int:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)", [pids])
            return int(cursor.fetchone()[0])

        until(lambda: not alive(), 30, "their end")
    assert not {answers(wrapper) for wrapper in wrappers} & set(pids)
