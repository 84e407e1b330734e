"""The database backend for MySQL and MariaDB: `ENGINE = "virtadmin.core.mysql"`."""
