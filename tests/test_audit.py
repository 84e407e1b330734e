"""`scripts/audit`: holes, none, and nobody who could be asked are three different ends."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.service import Asked, Said, Service

ROOT = Path(__file__).resolve().parents[1]
HOLE = {
    "id": "GHSA-test-test-test",
    "summary": "a hole",
    "details": "",
    "affected": [],
    "modified": "2026-01-01T00:00:00Z",
}
NPM_HOLE = {
    "id": 1, "url": "https://example.org/1", "title": "a hole in it", "severity": "high",
    "vulnerable_versions": "<99.0.0", "cwe": [], "cvss": {"score": 7, "vectorString": None},
}  # fmt: skip
pytestmark = pytest.mark.timeout(300)


class Advisories(Service):
    """As OSV and npm's registry answer."""

    def __init__(self) -> None:
        super().__init__()
        self.python, self.npm = "", ""
        """The package with a hole."""
        self.asked: list[str] = []

    def answer(self, asked: Asked) -> Said:
        if asked.path == "/v1/query":
            name = asked.fields["package"]["name"]
            self.asked.append(name)
            return Said(body={"vulns": [HOLE]} if name == self.python else {})
        if asked.path.endswith("/advisories/bulk"):
            return Said(body={self.npm: [NPM_HOLE]} if self.npm else {})
        versions: dict[str, Any] = {"1.0.0": {"name": self.npm, "version": "1.0.0"}}
        return Said(body={"name": self.npm, "versions": versions, "dist-tags": {"latest": "1.0.0"}})


@pytest.fixture
def services() -> Iterator[Advisories]:
    with Advisories() as services:
        yield services


def audit(url: str, tmp_path: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ,
        "OSV_URL": f"{url}/v1/query",
        "npm_config_registry": url,
        "npm_config_cache": str(tmp_path),
    }
    return subprocess.run(
        ["scripts/audit", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_where_no_hole_is_known(services: Advisories, tmp_path: Path) -> None:
    done = audit(services.url, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {"django", "celery", "asyncssh"} <= set(services.asked)


def test_a_hole_is_told_and_fails_in_a_check_too(services: Advisories, tmp_path: Path) -> None:
    services.python = "django"
    done = audit(services.url, tmp_path, "--if-reachable")
    assert done.returncode == 1, done.stderr
    assert "GHSA-test-test-test" in done.stdout
    assert "known holes in locked packages (Python's)" in done.stderr
    services.python, services.npm = "", "uplot"
    done = audit(services.url, tmp_path)
    assert done.returncode == 1, done.stderr
    assert "a hole in it" in done.stdout
    assert "known holes in locked packages (npm's)" in done.stderr


def test_where_nobody_answers(tmp_path: Path) -> None:
    done = audit("http://127.0.0.1:1", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "http://127.0.0.1:1/v1/query did not answer" in done.stderr
    assert "nobody could be asked: Python's, npm's" in done.stderr
    done = audit("http://127.0.0.1:1", tmp_path, "--if-reachable")
    assert (done.returncode, done.stdout) == (0, "")
    assert json.dumps(done.stderr).count("\\n") == 1, "one line"
