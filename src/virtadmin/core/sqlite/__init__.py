"""The database backend for SQLite: `ENGINE = "virtadmin.core.sqlite"`."""
