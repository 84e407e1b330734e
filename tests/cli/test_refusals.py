"""A command that cannot do its work says so in a sentence: an administrator has nothing of a trace."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from tests.running.hub import free_port
from virtadmin.cli.refusals import sentence_of

NOBODY = "127.0.0.1:9"


@pytest.mark.parametrize(
    ("wrong", "said", "advice"),
    [
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT must be text or json", ""),
        ({"DATABASE_URL": f"mysql://ann:s3cret@{NOBODY}/hub"}, "the database: Can't connect", "start the database"),
        ({"DATABASE_URL": f"postgres://ann:s3cret@{NOBODY}/hub"}, "the database: connection failed", "host and port"),
        ({"DATABASE_URL": "oracle://ann:s3cret@db/hub"}, "DATABASE_URL must begin with", ""),
    ],
)
@pytest.mark.parametrize("command", ["setup", "servers", "up"])
def test_what_is_set_wrong_is_said(wrong: dict[str, str], said: str, advice: str, command: str, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VIRTADMIN_", "DJANGO_"))}
    ran = subprocess.run(
        [sys.executable, "-m", "virtadmin", command],
        env={**kept, "VIRTADMIN_HOME": str(tmp_path), "VIRTADMIN_LISTEN": f"127.0.0.1:{free_port()}", **wrong},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    last = ran.stderr.strip().splitlines()[-1]
    assert last.startswith("virtadmin: ")
    assert said in last
    assert advice in last.lower()
    assert "Traceback" not in ran.stderr
    assert "s3cret" not in ran.stderr + ran.stdout


def test_a_bug_shows_its_trace() -> None:
    assert sentence_of(KeyError("x")) == ""


def test_a_valkey_that_is_away_is_no_bug() -> None:
    said = sentence_of(redis.ConnectionError("Connection refused."))
    assert said.startswith("Valkey: Connection refused. ")
    assert "start" in said.lower()
