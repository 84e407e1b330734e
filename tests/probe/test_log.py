"""The word `log` where no logger listens; a real one is heard in test_enrolment.py."""

import re
from pathlib import Path

import pytest

from tests.probe.running import KINDS, Kind, ask

pytestmark = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def test_it_writes_one_printable_line_marked_with_the_hubs_name(kind: Kind, tmp_path: Path) -> None:
    log_file = tmp_path / "virtadmin.log"
    ((word, body),) = ask(kind, "log CPU 95 %\x1b[31m \ta" + "b" * 600, log_file=log_file)
    assert (word, body.decode()) == ("log", f"logged {log_file}\n")
    (line,) = log_file.read_text().splitlines()
    stamp, text = line.split(" ", 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp)
    assert text.startswith("our-hub: CPU 95 %?[31m ?ab")
    assert len(text) == len("our-hub: ") + 500


def test_it_writes_ten_lines_a_minute(kind: Kind, tmp_path: Path) -> None:
    given = ask(kind, *[f"log line {n}" for n in range(12)], "sample", log_file=tmp_path / "log")
    assert [word for word, _ in given] == ["log"] * 10 + ["error"] * 2 + ["sample"]
    assert (tmp_path / "log").read_text().count("\n") == 10


def test_its_file_keeps_the_newest_lines_and_stays_small(kind: Kind, tmp_path: Path) -> None:
    log_file = tmp_path / "log"
    log_file.write_text("".join(f"old line {n}\n" for n in range(20_000)))
    ask(kind, "log the newest", log_file=log_file)
    text = log_file.read_text()
    assert len(text) < 132 * 1024
    assert "old line 19999\n" in text
    assert text.endswith("our-hub: the newest\n")


def test_it_says_when_it_cannot_write(kind: Kind, tmp_path: Path) -> None:
    ((word, body),) = ask(kind, "log lost", log_file=tmp_path / "no" / "such" / "log")
    assert word == "error"
    assert b"log" in body
