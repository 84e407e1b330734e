"""The format itself: lines of one server after the other are gathered, and told family by family, as it demands."""

from collections import defaultdict
from collections.abc import Iterator

from virtadmin.metrics.exposition.families import family

CHUNK = 64 * 1024
"""Characters, about, that are sent at once."""
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def label(name: str, value: str) -> str:
    """One label, its value escaped as the format wants it."""
    return f'{name}="{value.translate(_ESCAPES)}"'


class Page:
    """All lines, by the name of their family."""

    def __init__(self) -> None:
        self.lines: defaultdict[str, list[str]] = defaultdict(list)

    def parts(self) -> Iterator[bytes]:
        """The page from its beginning, in pieces of about `CHUNK`; what was given is let go of."""
        waiting: list[str] = []
        size = 0
        for name in list(self.lines):
            for text in (family(name).head, *self.lines.pop(name)):
                waiting.append(text)
                size += len(text)
                if size >= CHUNK:
                    yield "".join(waiting).encode()
                    waiting, size = [], 0
        yield "".join(waiting).encode()


class Voice:
    """Says things of one server at one time."""

    def __init__(self, page: Page, instance: str, at: float | None = None) -> None:
        """`at`: Unix seconds; None = as of the moment it is read."""
        self._lines = page.lines
        self._instance = label("instance", instance)
        self._end = "\n" if at is None else f" {round(at * 1000)}\n"

    def say(self, name: str, value: float, labels: str = "") -> None:
        """A line of the family `name`; `labels` are made by `label`, with commas between."""
        comma = "," if labels else ""
        self._lines[name].append(f"{name}{{{self._instance}{comma}{labels}}} {value}{self._end}")
