"""Tracebacks in the parts' logs, and whether a fault explains them."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.soak.clocks import JUMP, offsets

SLACK = 30.0
"""Seconds after a fault's end in which it still explains what goes wrong: connections are found broken when used."""
EXPLAINS = {
    "broker away": re.compile(r"redis\.|kombu\.|ConnectionError|ConnectionRefused|ConnectionReset|BrokenPipe"),
    "database away": re.compile(r"OperationalError|InterfaceError|InternalError|pymysql\.|ConnectionRefused"),
    "disk full": re.compile(r"No space left|Errno 28|_dbm\.error|dbm\."),
}
BROKEN_OFF = re.compile(r'{"time": "([0-9T:.-]+\+00:00)"')


@dataclass(frozen=True)
class Was:
    """A fault that was: unix times."""

    fault: str
    begin: float
    end: float
    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Traceback:
    """One in a log: whose, when (unix time), and its text."""

    part: str
    at: float
    text: str

    @property
    def error(self) -> str:
        """Its last line."""
        return self.text.strip().splitlines()[-1][:300]


def tracebacks(log: Path, since: float = 0.0) -> Iterator[Traceback]:
    """All of a log of JSON lines; what is printed past the log counts as of the line before."""
    at, loose = since, ""
    for line in log.read_text(errors="replace").splitlines():
        said = _line(line)
        if said is None:
            loose += line + "\n"
            continue
        if "Traceback (most recent" in loose:
            yield Traceback(log.stem, at, loose)
        at, loose = datetime.fromisoformat(said["time"]).timestamp(), ""
        if "Traceback (most recent" in (told := str(said.get("exc_info") or said.get("message"))):
            yield Traceback(log.stem, at, told)
    if "Traceback (most recent" in loose:
        yield Traceback(log.stem, at, loose)


def _line(line: str) -> dict[str, str] | None:
    try:
        said = json.loads(line)
    except ValueError:
        broken = BROKEN_OFF.match(line)  # by a full disk
        return {"time": broken[1], "message": line} if broken else None
    return said if isinstance(said, dict) and "time" in said else None


def explained(found: Traceback, faults: Sequence[Was]) -> bool:
    """Whether a fault of that time may have caused it. An exception names its causes; any of them will do."""
    times = written(found, faults)
    return any(
        was.begin <= at <= was.end + SLACK and EXPLAINS[was.fault].search(found.text)
        for was in faults
        for at in times
        if was.fault in EXPLAINS
    )


def written(found: Traceback, faults: Sequence[Was]) -> list[float]:
    """When it may have been written: as it says itself and, where its process's clock was wrong then, rightly."""
    jumps = [was for was in faults if was.fault == JUMP]
    right = [(was, found.at - seconds) for was in jumps for seconds in offsets(was.targets, found.part)]
    return [found.at, *(at for was, at in right if was.begin - 1 <= at <= was.end + 1)]


def newest(log: Path, lines: int = 12, width: int = 400) -> list[str]:
    """The last lines of a log that are more than news, cut to what can be read."""
    told = log.read_text(errors="replace").splitlines()
    wrong = [line for line in told if '"level": "INFO"' not in line]
    return [line if len(line) <= width else f"{line[: width // 2]} … {line[-width // 2 :]}" for line in wrong[-lines:]]
