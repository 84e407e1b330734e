"""The database systems that the hub is tested with: where each is installed, how it is set up and started."""

from collections.abc import Sequence
from dataclasses import dataclass

USER, PASSWORD = "virtadmin", "database-secret"
PEOPLE = f"CREATE USER {USER}@'%' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON *.* TO {USER}@'%' WITH GRANT OPTION;"


@dataclass(frozen=True)
class System:
    """One database system. Its programs run as nobody, with a folder of the test's own at /srv."""

    suite: str
    variant: str
    scheme: str
    """Of `DATABASE_URL`."""
    make: str
    """A shell script that makes the data folder /srv/data with the user USER."""
    serve: Sequence[str]
    """The server's command; {port} stands for where it is to listen on 127.0.0.1."""
    careless: Sequence[str]
    """What to add so that it does not wait for the disk. A killed server then may lose what it had promised."""


MARIADB_TABLES = "mysql_system_tables.sql mysql_system_tables_data.sql mysql_sys_schema.sql"
SYSTEMS = {
    "mysql": System(
        "sid",
        "mysql",
        "mysql",
        f'echo "{PEOPLE}" > /srv/people.sql; mysqld --no-defaults --secure-file-priv=NULL --tmpdir=/srv'
        " --datadir=/srv/data --innodb-redo-log-capacity=64M --initialize-insecure --init-file=/srv/people.sql",
        (
            *("mysqld", "--no-defaults", "--secure-file-priv=NULL", "--tmpdir=/srv", "--datadir=/srv/data"),
            *("--socket=/srv/socket", "--pid-file=/srv/pid", "--mysqlx=OFF", "--bind-address=127.0.0.1"),
            *("--port={port}", "--innodb-redo-log-capacity=64M"),
        ),
        ("--innodb-flush-log-at-trx-commit=0", "--skip-log-bin", "--innodb-doublewrite=OFF"),
    ),
    "mariadb": System(
        "bookworm",
        "mariadb",
        "mysql",
        "mkdir /srv/data; cd /usr/share/mysql; {"
        f" printf 'CREATE DATABASE mysql;\\nUSE mysql;\\n'; cat {MARIADB_TABLES};"
        f' printf "FLUSH PRIVILEGES;\\n%s\\n" "{PEOPLE}" | sed "s/; /;\\n/g"; }} |'
        " mariadbd --no-defaults --bootstrap --datadir=/srv/data --tmpdir=/srv",
        (
            *("mariadbd", "--no-defaults", "--tmpdir=/srv", "--datadir=/srv/data", "--socket=/srv/socket"),
            *("--pid-file=/srv/pid", "--bind-address=127.0.0.1", "--port={port}"),
        ),
        ("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=OFF"),
    ),
    "postgresql": System(
        "bookworm",
        "postgresql",
        "postgres",
        f"echo {PASSWORD} > /srv/password; /usr/lib/postgresql/15/bin/initdb --no-sync -D /srv/data"
        f" --username {USER} --pwfile /srv/password --auth scram-sha-256 --encoding UTF8 --locale C.UTF-8",
        (
            *("/usr/lib/postgresql/15/bin/postgres", "-D", "/srv/data", "-c", "unix_socket_directories=/srv"),
            *("-c", "listen_addresses=127.0.0.1", "-c", "port={port}"),
        ),
        ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"),
    ),
}
