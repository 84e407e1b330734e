"""The database: reachable, of a version that is known to do, up to date, and set as the hub needs it."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from virtadmin.core.failing import reason
from virtadmin.operations import schema
from virtadmin.operations.doctor.check import Asked, Check, Finding, fail, ok, skip, warn
from virtadmin.operations.doctor.checks.machine import FILES

LEAST = {"SQLite": (3, 35), "MySQL": (8, 0, 19), "MariaDB": (10, 5), "PostgreSQL": (14,)}
REFUSALS = (
    (
        ("password", "access denied", "authentication"),
        "check user and password in DATABASE_URL (@ is written %40 there)",
    ),
    (
        ("does not exist", "unknown database"),
        "make the database first (docs/settings.md says how), or mend its name in DATABASE_URL",
    ),
    (("is full", "no space"), "free some of that disk at once: nothing can be saved meanwhile"),
    (("too many", "remaining connection slots"), "allow more connections in the database, or run fewer workers"),
    (("ssl", "certificate"), "check the options after the question mark of DATABASE_URL"),
    (
        ("refused", "timed out", "timeout", "can't connect", "name or service", "name resolution", "no route"),
        "start the database, or mend host and port in DATABASE_URL; a firewall must let this machine through",
    ),
)
"""By words of what each database says for refusing."""
WANTED = {
    "sqlite": ("PRAGMA journal_mode", ("wal", "memory")),
    "postgresql": ("SHOW transaction_isolation", ("read committed",)),
    "MySQL": ("SELECT @@SESSION.transaction_isolation", ("read-committed",)),
    "MariaDB": ("SELECT @@SESSION.tx_isolation", ("read-committed",)),
}
TEXTS = {
    "postgresql": ("SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()", "utf8"),
    "mysql": ("SELECT @@character_set_connection", "utf8mb4"),
}


def kind() -> str:
    """What people call the system."""
    here: Any = connection
    return "MariaDB" if getattr(here, "mysql_is_mariadb", False) else str(here.display_name)


def reachable(asked: Asked) -> Finding:
    """Whether it answers, and is not too old."""
    here: Any = connection
    try:
        here.ensure_connection()
    except DatabaseError as error:
        return refusal_judge(f"{_where()}: {_words(error)}")
    return version_judge(kind(), here.get_database_version())


def _where() -> str:
    """The database in words, without user and password."""
    about = connection.settings_dict
    host = about["HOST"] or ""
    return f"{about['NAME']} at {host}{':' if about['PORT'] else ''}{about['PORT']}" if host else str(about["NAME"])


def _words(error: DatabaseError) -> str:
    """What the driver says, in one line. PyMySQL's errors are a number and words."""
    last = error.args[-1] if error.args else ""
    said = last if isinstance(last, str) and last and connection.vendor == "mysql" else reason(error)
    return " ".join(said.split())[:300]


def refusal_judge(said: str) -> Finding:
    """What to do about a connection that did not come about. Pure."""
    low = said.lower()
    for words, advice in REFUSALS:
        if any(word in low for word in words):
            return fail(said, advice)
    return fail(said, "check DATABASE_URL, and that the database runs and lets this machine in")


def version_judge(name: str, version: Sequence[int]) -> Finding:
    """Whether a version does. Pure."""
    said = f"{name} {'.'.join(map(str, version))}"
    least = LEAST.get(name, ())
    if tuple(version) < least:
        return fail(f"{said} is too old", f"at least {'.'.join(map(str, least))} is needed")
    return ok(f"{said} answers")


def migrations(asked: Asked) -> Finding:
    """Whether it has had every migration of this version, and none of a newer one."""
    missing = schema.pending()
    if missing:
        return fail(f"{len(missing)} migrations are missing, {missing[0]} first", "run `virtadmin setup`")
    return ok("every migration was applied")


def texts(asked: Asked) -> Finding:
    """Whether it takes every character."""
    if connection.vendor not in TEXTS:
        return ok("UTF-8, as SQLite always is")
    question, wanted = TEXTS[connection.vendor]
    found = _one(question).lower()
    if found != wanted:
        return fail(
            f"the database's texts are {found}", f"make it anew as {wanted} and move there (docs/operations.md)"
        )
    return ok(f"texts are {found}")


def isolation(asked: Asked) -> Finding:
    """Whether transactions see each other as the hub expects."""
    question, wanted = WANTED.get(connection.vendor) or WANTED[kind()]
    found = _one(question).lower()
    if found not in wanted:
        return warn(f"{question.split()[-1]} is {found}, not {wanted[0]}", "take what sets it out of DATABASE_URL")
    return ok(found)


def zones(asked: Asked) -> Finding:
    """Whether a MySQL knows time zones: the admin's dates need them where TIME_ZONE is not UTC."""
    if connection.vendor != "mysql":
        return skip("only MySQL and MariaDB have tables for it")
    if _one("SELECT CONVERT_TZ('2025-07-01 12:00:00', 'UTC', 'Europe/Berlin')") != "None":
        return ok("its tables are filled")
    if settings.TIME_ZONE == "UTC":
        return ok("its tables are empty, which does no harm as TIME_ZONE is UTC")
    return warn("its tables are empty", "fill them: `mysql_tzinfo_to_sql /usr/share/zoneinfo | mysql mysql`")


def _one(question: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(question)
        row = cursor.fetchone()
    return str(row[0]) if row else ""


CHECKS = (
    Check("database", reachable, advice="check DATABASE_URL"),
    Check("migrations", migrations, ("database",), advice="run `virtadmin setup`"),
    Check("database texts", texts, ("database",)),
    Check("isolation", isolation, ("database",)),
    Check("time zones", zones, ("database",)),
    FILES,
)
