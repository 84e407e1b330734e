"""The database backend for PostgreSQL: `ENGINE = "virtadmin.core.postgresql"`."""
