"""How the hub talks to each kind of database."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from virtadmin.config import databases
from virtadmin.config.databases import KEPT_SECONDS, POOL, database, keep_none

GIVEN = "django.db.backends.postgresql"


def test_a_driver_that_is_missing_is_named_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "find_spec", lambda name: None)
    with pytest.raises(ImproperlyConfigured, match=r"virtadmin\[mysql\]"):
        database({"ENGINE": "django.db.backends.mysql"})


def test_what_the_url_says_goes_before_our_options() -> None:
    chosen = database({"ENGINE": GIVEN, "OPTIONS": {"connect_timeout": 3, "sslmode": "require"}, "CONN_MAX_AGE": 1})
    assert chosen["OPTIONS"] == {"connect_timeout": 3, "sslmode": "require"}
    assert chosen["CONN_MAX_AGE"] == 1


@pytest.mark.parametrize("engine", ["django.db.backends.sqlite3", "mariadb", GIVEN])
def test_a_worker_keeps_its_connections_for_a_while(engine: str) -> None:
    assert database({"ENGINE": engine})["CONN_MAX_AGE"] == KEPT_SECONDS


def test_a_web_process_keeps_no_connection_and_shares_those_to_postgresql() -> None:
    ours, theirs = database({"ENGINE": GIVEN}), database({"ENGINE": "mariadb"})
    keep_none(ours)
    keep_none(theirs)
    assert (ours["CONN_MAX_AGE"], ours["OPTIONS"]["pool"]) == (0, POOL)
    assert (theirs["CONN_MAX_AGE"], theirs["OPTIONS"].get("pool")) == (0, None)
    assert "pool" not in database({"ENGINE": GIVEN})["OPTIONS"], "other processes are not changed by it"
