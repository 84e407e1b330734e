"""The contract of a check: one small look at one thing, told in one line with what to do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from time import time


class State(StrEnum):
    """How a thing is."""

    OK = "ok"
    WARN = "warn"
    """It works, but not well, or not for long."""
    FAIL = "fail"
    SKIP = "skip"
    """Not looked at: what it needs fails, or it is not set up."""


@dataclass(frozen=True)
class Finding:
    """What was found, in one sentence, and what to do about it."""

    state: State
    said: str
    advice: str = ""


@dataclass(frozen=True)
class Asked:
    """What whoever runs it wants."""

    mail: str = ""
    """An address to send a real email to; none by default."""
    clock: Callable[[], float] = time


@dataclass(frozen=True)
class Check:
    """`look` may raise anything: that is a failure, too. `needs`: names of checks without which it tells nothing."""

    name: str
    look: Callable[[Asked], Finding]
    needs: tuple[str, ...] = ()
    advice: str = field(default="", kw_only=True)
    """What to do when it raises."""


def ok(said: str) -> Finding:
    """All is well."""
    return Finding(State.OK, said)


def warn(said: str, advice: str) -> Finding:
    """It works, but."""
    return Finding(State.WARN, said, advice)


def fail(said: str, advice: str) -> Finding:
    """It does not work."""
    return Finding(State.FAIL, said, advice)


def skip(said: str) -> Finding:
    """There is nothing to look at."""
    return Finding(State.SKIP, said)


def examined(checks: "Iterator[Check]", asked: Asked) -> Iterator[tuple[Check, Finding]]:
    """Each check with what it found, as it comes."""
    failed: set[str] = set()
    for check in checks:
        missing = [name for name in check.needs if name in failed]
        found = skip(f"not looked at: {missing[0]} fails") if missing else _looked(check, asked)
        if found.state is State.FAIL or missing:
            failed.add(check.name)
        yield check, found


def _looked(check: Check, asked: Asked) -> Finding:
    try:
        return check.look(asked)
    except Exception as error:  # noqa: BLE001 - whatever a broken thing raises is what is told of it
        said = " ".join(str(error).split()) or type(error).__name__
        return fail(said[:300], check.advice)
