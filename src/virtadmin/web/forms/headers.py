"""Headers as people type them, one a line: `Name: value`. Pure."""

from collections.abc import Collection, Iterator, Mapping

from django.forms import ValidationError


def lines_of(headers: Mapping[str, str]) -> str:
    """The text of stored headers."""
    return "".join(f"{name}: {value}\n" for name, value in headers.items())


def pairs_in(text: str) -> dict[str, str]:
    """Names and values of a text. Raises ValidationError, which tells the line's number and never what is in it."""
    found: dict[str, str] = {}
    for number, name, value in _split(text):
        if name.lower() in {known.lower() for known in found}:
            raise ValidationError(f"Line {number} names a header that is there already.")
        found[name] = value
    return found


def names_of(text: str, kept: Collection[str]) -> dict[str, str | None]:
    """The same for secret ones: None where one of those that are `kept` has no value, so it stays as it is."""
    return {name: None if not value and name in kept else value for name, value in pairs_in(text).items()}


def _split(text: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        name, colon, value = line.partition(":")
        if not line.strip():
            continue
        if not colon or not name.strip():
            raise ValidationError(f"Line {number} is no header: write Name: value.")
        yield number, name.strip(), value.strip()
