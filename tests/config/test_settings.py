"""Settings as the environment gives them, read by a fresh interpreter each."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def setting(tmp_path: Path, expression: str, **environment: str) -> subprocess.CompletedProcess[str]:
    code = f"from virtadmin.config import settings; print({expression})"
    covered = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={
            "PATH": os.environ["PATH"],
            "VIRTADMIN_HOME": str(tmp_path),
            "PYTHONPATH": "src",
            **covered,
            **environment,
        },
        check=False,
    )


def test_the_default_is_all_in_one_folder(tmp_path: Path) -> None:
    done = setting(tmp_path, "settings.DATABASES['default']['NAME'], settings.REDIS_URL, settings.EMAIL_URL")
    assert done.stdout.split() == [f"{tmp_path}/virtadmin.sqlite3", f"unix://{tmp_path}/run/valkey.sock"], done.stderr


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "database").write_text("mysql://me:secret@db:3306/virtadmin\n")
    done = setting(
        tmp_path,
        "settings.DATABASES['default']['PASSWORD'], settings.DATABASES['default']['OPTIONS']['charset']",
        DATABASE_URL_FILE=str(tmp_path / "database"),
    )
    assert done.stdout.strip() == "secret utf8mb4", done.stderr


def test_a_public_address_closes_the_hub_to_others(tmp_path: Path) -> None:
    done = setting(
        tmp_path,
        "settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS, settings.SESSION_COOKIE_SECURE",
        PUBLIC_URL="https://watch.example/",
    )
    assert done.stdout.strip() == "['watch.example', 'localhost', '127.0.0.1'] ['https://watch.example'] True"


def test_proxies_are_believed_only_when_counted(tmp_path: Path) -> None:
    assert setting(tmp_path, "hasattr(settings, 'SECURE_PROXY_SSL_HEADER')").stdout.strip() == "False"
    done = setting(tmp_path, "settings.SECURE_PROXY_SSL_HEADER[0]", TRUSTED_PROXIES="1")
    assert done.stdout.strip() == "HTTP_X_FORWARDED_PROTO"


def test_an_email_address_of_the_server_sets_djangos_settings(tmp_path: Path) -> None:
    done = setting(
        tmp_path,
        "settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS",
        EMAIL_URL="smtp+tls://u:p@mail:587",
    )
    assert done.stdout.strip() == "mail 587 True", done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "watch.example"),
        ("TRUSTED_PROXIES", "many"),
        ("PROFILE_KEEP_DAYS", "x"),
        ("TELEGRAM_API_URL", "api.telegram.org"),
        ("TELEGRAM_WEBHOOK", "true"),
        ("TELEGRAM_WEBHOOK_SECRET", "no spaces"),
        ("GRAPH_API_URL", "ftp://graph"),
    ],
)
def test_a_wrong_value_fails_loudly_at_start(tmp_path: Path, name: str, value: str) -> None:
    done = setting(tmp_path, "1", **{name: value})
    assert done.returncode != 0
    assert value in done.stderr or name in done.stderr


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://u:p%40ss@db/hub?ssl_ca=/ca.pem", "virtadmin.core.mysql p@ss /ca.pem 600"),
        ("mariadb://u@db/hub", "virtadmin.core.mysql  None 600"),
        ("postgres://u@db/hub?sslmode=require", "virtadmin.core.postgresql  None 600"),
        ("sqlite:////tmp/hub.sqlite3", "virtadmin.core.sqlite  None 600"),
    ],
)
def test_a_database_is_given_by_its_url(tmp_path: Path, url: str, said: str) -> None:
    chosen = "settings.DATABASES['default']"
    shown = (
        f"{chosen}['ENGINE'], {chosen}['PASSWORD'], {chosen}['OPTIONS'].get('ssl_ca'), {chosen}.get('CONN_MAX_AGE', 0)"
    )
    assert setting(tmp_path, shown, DATABASE_URL=url).stdout.strip() == said


def test_a_database_nobody_has_tested_is_refused(tmp_path: Path) -> None:
    assert "DATABASE_URL must begin with" in setting(tmp_path, "1", DATABASE_URL="oracle://u@db/hub").stderr
