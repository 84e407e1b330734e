"""The probe's answers: their first line, their sections, their end line (probe/README.md)."""

import re

import orjson

from virtadmin.core.errors import VirtadminError

VERSIONS = ("1",)
"""Every released version of the protocol."""
END = b"\nvirtadmin-probe end"
LINES = 4096
"""Lines read of one section: more than any real system has, so that a hostile one cannot keep the hub busy."""
LARGEST = 2**64 - 1
"""The kernel's widest counter."""
DIGITS = re.compile("[0-9,]*").fullmatch


class BadSample(VirtadminError):
    """An answer that is not what the probe sends; the message says what is wrong with it."""


def sections(answer: bytes, word: str) -> dict[str, str]:
    """The texts of an answer to the request `word`, by heading. Raises BadSample, and nothing else."""
    text = _text(answer)
    head, *parts = text.split("\n==> ")
    _check_head(head, word)
    found = {}
    for part in parts:
        heading, closed, body = part.partition(" <==\n")
        if closed:
            found[heading] = body
    return found


def body(answer: bytes, word: str) -> list[str]:
    """The lines of an answer without headings. Raises BadSample, and nothing else."""
    text = _text(answer)
    _check_head(text, word)
    return lines(text)[1:]


def lines(text: str) -> list[str]:
    """The lines of a section, `LINES` at most."""
    return text.split("\n", LINES)[:LINES]


def numbers(words: list[str]) -> list[int]:
    """The words as counters. Raises ValueError when one of them is none.

    Read as JSON, which takes a third of what `int` takes for each.
    """
    text = ",".join(words)
    found: list[int] = orjson.loads(f"[{text}]") if DIGITS(text) else []
    if len(found) != len(words) or (found and max(found) > LARGEST):
        raise ValueError("not a counter of the kernel")
    return found


def printable(text: str, longest: int = 200) -> str:
    """The text without what a terminal or a database could take for more than text, and not too long."""
    text = text[:longest]
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "?" for sign in text)


def _text(answer: bytes) -> str:
    whole = answer.rstrip()
    if not whole.startswith(b"virtadmin-probe "):
        raise BadSample(f"The answer does not begin as the probe's do but with: {_shown(whole)}")
    if not whole.endswith(END):
        raise BadSample(f"The answer breaks off after {len(answer)} bytes, before its end line.")
    return whole[: -len(END)].decode("utf-8", "backslashreplace")


def _check_head(text: str, word: str) -> None:
    first, _, rest = text.partition("\n")
    _, version, said = [*first.split(" "), "", ""][:3]
    if version not in VERSIONS:
        raise BadSample(f"The probe speaks version {printable(version, 20)!r}; this hub knows {', '.join(VERSIONS)}.")
    if said == "error":
        raise BadSample(f"The probe says: {printable(rest.removeprefix('error '))}")
    if said != word:
        raise BadSample(f"The probe answered {printable(said, 20)!r} to the request {word!r}.")


def _shown(answer: bytes) -> str:
    first = answer[:100].split(b"\n")[0].decode("utf-8", "backslashreplace")
    return printable(first) or "nothing"
