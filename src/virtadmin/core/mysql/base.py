"""Django's MySQL backend with PyMySQL as its driver, and text that is compared as the other databases compare it.

What a MySQL or MariaDB takes for equal depends on the collation somebody once gave the database: "Büro" may be "buro",
and with MariaDB's default every emoji is every other one. So each table says its own: equal is what is the same. Where
Django means "whatever the case" (`icontains`, `iexact`), both sides are put into small letters, as on PostgreSQL.
"""

from typing import Any

import pymysql
import pymysql.cursors

pymysql.install_as_MySQLdb()

from django.db.backends.mysql import base, operations, schema  # noqa: E402 - it looks for the driver when imported

CASELESS = ("iexact", "icontains", "istartswith", "iendswith")


class DatabaseOperations(operations.DatabaseOperations):
    """Django's, with lookups that do not regard case."""

    def lookup_cast(self, lookup_type: str, internal_type: str | None = None) -> str:
        """What the column of a lookup is put into."""
        return "LOWER(%s)" if lookup_type in CASELESS else str(super().lookup_cast(lookup_type, internal_type))


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Django's, with tables that do not depend on the defaults of the server and of the database."""

    sql_create_table = (
        f"{schema.DatabaseSchemaEditor.sql_create_table} ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    )


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection. Django loads the class of this name."""

    operators = {
        **base.DatabaseWrapper.operators,
        **dict.fromkeys(("contains", "startswith", "endswith"), "LIKE %s"),
        **dict.fromkeys(CASELESS, "LIKE LOWER(%s)"),
    }
    pattern_ops = {
        "contains": "LIKE CONCAT('%%', {}, '%%')",
        "startswith": "LIKE CONCAT({}, '%%')",
        "endswith": "LIKE CONCAT('%%', {})",
        "icontains": "LIKE CONCAT('%%', LOWER({}), '%%')",
        "istartswith": "LIKE CONCAT(LOWER({}), '%%')",
        "iendswith": "LIKE CONCAT('%%', LOWER({}))",
    }
    ops_class: Any = DatabaseOperations
    SchemaEditorClass: Any = DatabaseSchemaEditor
    streaming = False
    """Whether rows come from the server as they are read, not all at once. Nothing else can be asked meanwhile."""

    def chunked_cursor(self) -> Any:
        """What `iterator` reads from."""
        if not self.streaming:
            return super().chunked_cursor()
        self.ensure_connection()
        wrapped: Any = base.CursorWrapper(self.connection.cursor(pymysql.cursors.SSCursor))
        return self.make_cursor(wrapped)
