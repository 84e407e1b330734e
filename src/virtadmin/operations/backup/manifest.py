"""What a backup says of itself."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import orjson

from virtadmin.operations.backup.errors import BadBackup
from virtadmin.operations.schema import Applied

FORMAT = 1
MOST_BYTES = 64 * 1024 * 1024
"""Of one: a hundred times what the largest hub's takes."""


@dataclass
class Part:
    """Some rows of a table, as one file in the archive."""

    name: str
    rows: int
    sha256: str


@dataclass
class Content:
    """One table."""

    columns: list[str]
    parts: list[Part] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many it had."""
        return sum(part.rows for part in self.parts)


@dataclass
class Manifest:
    """The last file of the archive: an archive without one is not whole."""

    version: str
    """Of the hub."""
    taken: datetime
    hub: str
    """Its identity, which the watched servers know it by."""
    hub_name: str
    database: str
    """What it came from, in words."""
    history: str
    """Where the history was: `database` (then it is in here), or the store that has it."""
    migrations: Applied
    keys: list[str]
    """Fingerprints of the keys of the stored secrets; the first one encrypted."""
    key_file: Part | None
    """The keys themselves, where they were asked for."""
    tables: dict[str, Content]
    format: int = FORMAT

    def dump(self) -> bytes:
        """As JSON, for people too."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2)

    def parts(self) -> list[Part]:
        """Every file of the archive but this one."""
        found = [part for content in self.tables.values() for part in content.parts]
        return [*found, *([self.key_file] if self.key_file else [])]

    def rows(self, table: str) -> int:
        """How many rows of the table are in it."""
        return self.tables[table].rows if table in self.tables else 0


def manifest_load(text: bytes) -> Manifest:
    """What `dump` wrote. Raises BadBackup."""
    try:
        said = orjson.loads(text)
        if said["format"] > FORMAT:
            raise BadBackup(f"this backup has the format {said['format']} of a newer Virtadmin ({said['version']})")
        manifest = Manifest(
            **{
                **said,
                "taken": datetime.fromisoformat(said["taken"]),
                "key_file": Part(**said["key_file"]) if said["key_file"] else None,
                "tables": {name: _content(about) for name, about in said["tables"].items()},
            }
        )
        _look(manifest)
        return manifest
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadBackup(f"its manifest cannot be read ({type(error).__name__})") from error


def _content(about: dict[str, Any]) -> Content:
    return Content(about["columns"], [Part(**part) for part in about["parts"]])


def _look(manifest: Manifest) -> None:
    """Whether all is of the kind it should be. Raises TypeError."""
    words = [manifest.version, manifest.hub, manifest.hub_name, manifest.database, manifest.history]
    lists = [manifest.keys, *manifest.migrations.values(), *(content.columns for content in manifest.tables.values())]
    parts = manifest.parts()
    words += [word for part in parts for word in (part.name, part.sha256)]
    if not all(isinstance(some, list) for some in lists):
        raise TypeError("a list is none")
    if not all(isinstance(word, str) for word in [*words, *(word for some in lists for word in some)]):
        raise TypeError("a text is none")
    if not all(type(part.rows) is int and part.rows >= 0 for part in parts):
        raise TypeError("a number of rows is none")
