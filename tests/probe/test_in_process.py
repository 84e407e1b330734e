"""probe.py as a module: what happens rarely, or cannot be seen from outside."""

import importlib.util
import os
import runpy
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.probe.running import PROBE, answers

Talk = Callable[[bytes], tuple[int, bytes]]


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """A fresh one, started by the hub "our-hub"."""
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "probe.py"), "our-hub", str(tmp_path / "log")])
    monkeypatch.delenv("SSH_ORIGINAL_COMMAND", raising=False)
    return load()


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("virtadmin_probe", PROBE / "probe.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def talk(probe: ModuleType, tmp_path: Path) -> Iterator[Talk]:
    """Runs its main() with this as standard input; returns its status and standard output."""
    kept = os.dup(0), os.dup(1)

    def run(given: bytes) -> tuple[int, bytes]:
        (tmp_path / "in").write_bytes(given)
        for number, name, how in ((0, "in", os.O_RDONLY), (1, "out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)):
            file = os.open(tmp_path / name, how)
            os.dup2(file, number)
            os.close(file)
        try:
            status = probe.main()
        finally:
            os.dup2(kept[0], 0)
            os.dup2(kept[1], 1)
        return status, (tmp_path / "out").read_bytes()

    yield run
    for file in kept:
        os.close(file)


def test_it_answers_every_word(talk: Talk) -> None:
    status, output = talk(b"sample\nfacts\ntop\nlog hello\nwhat\n")
    assert status == 0
    assert [word for word, _ in answers(output)] == ["sample", "facts", "top", "log", "error"]


def test_without_a_log_file_it_writes_beside_itself(probe: ModuleType, talk: Talk, tmp_path: Path) -> None:
    del sys.argv[2]
    _, output = talk(b"log hello\n")
    assert answers(output) == [("log", f"logged {tmp_path}/virtadmin.log\n".encode())]


def test_it_refuses_a_command_and_wants_a_name(
    probe: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SSH_ORIGINAL_COMMAND", "")
    assert probe.main() == 126
    monkeypatch.delenv("SSH_ORIGINAL_COMMAND")
    monkeypatch.setattr(sys, "argv", ["probe.py"])
    assert probe.main() == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_it_ends_quietly_when_nobody_reads(probe: ModuleType, talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_file: int, _text: bytes) -> int:
        raise BrokenPipeError

    monkeypatch.setattr(probe.os, "write", broken)
    assert talk(b"sample\n") == (0, b"")


def test_an_answer_is_written_to_its_end(probe: ModuleType, talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(probe.os, "write", lambda file, text: write(file, text[:100]))
    _, output = talk(b"facts\n")
    assert [word for word, _ in answers(output)] == ["facts"]


def test_it_ends_when_nobody_asks(probe: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def nothing(*words: object) -> tuple[list[int], list[int], list[int]]:
        asked.append(words)
        return [], [], []

    monkeypatch.setattr(probe.select, "select", nothing)
    assert list(probe.requests()) == []
    assert asked == [([0], [], [], 900)]


def test_run_as_a_program_it_ends_with_its_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_ORIGINAL_COMMAND", "id")
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(PROBE / "probe.py"), run_name="__main__")
    assert end.value.code == 126


def test_a_request_has_two_thousand_bytes_at_most(probe: ModuleType) -> None:
    assert probe.answer(b"log " + b"x" * 1996).startswith(b"virtadmin-probe 1 log\n")
    assert b"2000 bytes" in probe.answer(b"log " + b"x" * 1997)


def test_a_failure_is_an_answer(probe: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> bytes:
        raise RuntimeError("no\nway")

    monkeypatch.setitem(probe.WORDS, b"sample", fail)
    assert probe.answer(b"sample") == b"virtadmin-probe 1 error\nerror no?way\nvirtadmin-probe end\n"


@given(st.binary(max_size=3000))
def test_whatever_is_asked_is_answered(request: bytes) -> None:
    probe = load()
    line = request.replace(b"\n", b"")
    if line in probe.WORDS or line.startswith(b"log "):
        return
    ((word, body),) = answers(probe.answer(line))
    assert word == "error"
    assert body.count(b"\n") == 1


@given(st.binary())
def test_what_is_printable_is_one_line_of_what_a_terminal_may_see(text: bytes) -> None:
    shown = load().printable(text).decode()
    assert shown.isprintable()
    assert len(shown) == len(text.decode("utf-8", "replace"))


def test_a_missing_folder_of_interfaces_is_no_failure(probe: ModuleType) -> None:
    assert probe.glob("/nowhere") == []


class TestTheLogger:
    """A logger that is a program of the test's."""

    @pytest.fixture(autouse=True)
    def heard(self, probe: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Somebody listens at a socket of the test's."""
        self.folder = tmp_path / "bin"
        self.folder.mkdir()
        self.listener = str(tmp_path / "journal" / "dev-log")
        Path(self.listener).parent.mkdir()
        Path(self.listener).touch()
        read = probe.read
        monkeypatch.setattr(probe.os.path, "realpath", lambda _path: self.listener)
        monkeypatch.setattr(
            probe, "read", lambda path: self.listener.encode() if path == "/proc/net/unix" else read(path)
        )
        monkeypatch.setenv("PATH", f"{self.folder}:{os.environ['PATH']}")

    def logger(self, script: str) -> None:
        (self.folder / "logger").write_text(f"#!/bin/sh\n{script}\n")
        (self.folder / "logger").chmod(0o755)

    @pytest.fixture
    def patient(self, probe: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        """On a busy machine a program may take longer than the probe waits for it."""
        sleep = time.sleep
        monkeypatch.setattr(probe.time, "sleep", lambda seconds: sleep(20 * seconds))

    @pytest.mark.usefixtures("patient")
    def test_it_gets_the_line_as_one_word(self, probe: ModuleType, tmp_path: Path) -> None:
        self.logger(f"printf '%s|' \"$@\" >{tmp_path}/said")
        assert probe.log(b"disk $(full)") == b"logged journal\n"
        assert (tmp_path / "said").read_text() == "-p|user.warning|-t|virtadmin|--|our-hub: disk $(full)|"

    @pytest.mark.usefixtures("patient")
    def test_a_syslog_is_told_from_the_journal(self, probe: ModuleType, tmp_path: Path) -> None:
        self.logger("exit 0")
        self.listener = str(tmp_path / "log-socket")
        Path(self.listener).touch()
        assert probe.log(b"hello") == b"logged syslog\n"

    def test_where_it_fails_the_file_is_written(self, probe: ModuleType, tmp_path: Path) -> None:
        self.logger("exit 1")
        assert probe.log(b"hello") == f"logged {tmp_path}/log\n".encode()

    def test_one_that_hangs_is_ended(self, probe: ModuleType, tmp_path: Path) -> None:
        self.logger("exec sleep 30")
        start = time.monotonic()
        assert probe.log(b"hello") == f"logged {tmp_path}/log\n".encode()
        assert time.monotonic() - start < 5


def test_after_a_minute_there_may_be_lines_again(probe: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(probe.time, "monotonic", lambda: now[0])
    for _ in range(10):
        probe.log(b"line")
    with pytest.raises(ValueError, match="10 log lines a minute"):
        probe.log(b"line")
    now[0] += 60
    assert probe.log(b"line").startswith(b"logged ")


def test_its_file_is_cut_to_the_newer_half(probe: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"x" * 300_000)
    probe.log(b"newest")
    text = (tmp_path / "log").read_bytes()
    assert len(text) < 132_000
    assert text.endswith(b"our-hub: newest\n")


def test_a_place_that_may_not_be_looked_at_has_dashes(probe: ModuleType) -> None:
    assert probe.mount_line((b"8:1", b"/", b"/no\\040where", b"rw", b"ext4", b"/dev/sda1")) == (
        b"mount 8:1 ext4 /dev/sda1 /no\\040where rw - - - - - -\n"
    )


def test_what_has_no_fixed_inodes_has_dashes_for_them(probe: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = os.statvfs_result((4096, 4096, 1000, 400, 300, 0, 0, 0, 0, 255))
    monkeypatch.setattr(probe.os, "statvfs", lambda _path: sizes)
    line = probe.mount_line((b"0:30", b"/", b"/", b"rw", b"btrfs", b"/dev/sda1"))
    assert line.split(b" ", 6)[6] == b"4000 2400 1200 - - -\n"


def test_a_process_that_ends_meanwhile_is_left_out(probe: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe.os, "listdir", lambda _folder: ["1", "999999999", "self"])
    assert list(probe.processes()) == ["1"]


def test_it_says_on_its_own_what_it_is(probe: ModuleType) -> None:
    kind = b"kind python %d.%d.%d" % sys.version_info[:3]
    assert kind in probe.facts()


def test_the_clock_is_the_servers(probe: ModuleType) -> None:
    for _ in range(2):
        clock = probe.sample().split(b"==> clock <==\n")[1]
        assert abs(float(clock) - time.time()) < 2
