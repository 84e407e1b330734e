"""The file of a backup: a plain tar with each table in gzipped lines of JSON, and a manifest at its end.

Anybody can look into one: `tar xOf FILE manifest.json`, `tar xOf FILE tables/servers_server/00000.jsonl.gz | zcat`.
"""

import gzip
import hashlib
import io
import tarfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Self

import orjson

from virtadmin.operations.backup.errors import BadBackup
from virtadmin.operations.backup.manifest import MOST_BYTES, Content, Manifest, Part, manifest_load

MANIFEST = "manifest.json"
KEYS = "secrets.key"
PART_BYTES = 4 * 1024 * 1024
"""Of lines that are gathered before they are written: what a backup holds in memory."""
LEVEL = 4
CHUNK = 1024 * 1024
Counted = Callable[[int], None]
"""Hears how many rows, or bytes, went by."""


class _Sink:
    """A file that is only written to, such as a pipe, for tarfile, which wants to know how far it is."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._at = file, 0

    def write(self, data: bytes) -> int:
        """All of it."""
        self._file.write(data)
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        """How much was written."""
        return self._at


class Writer:
    """Writes an archive to a file that need not be seekable."""

    def __init__(self, file: IO[bytes]) -> None:
        sink: Any = _Sink(file)
        self._tar = tarfile.open(fileobj=sink, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - `finish` ends it

    def table(self, name: str, columns: list[str], rows: Iterable[bytes], counted: Counted) -> Content:
        """Add a table; each row is a line."""
        content, lines, size = Content(columns), list[bytes](), 0
        for row in rows:
            lines.append(row)
            size += len(row)
            if size >= PART_BYTES:
                content.parts.append(self._part(name, len(content.parts), lines))
                counted(len(lines))
                lines, size = [], 0
        if lines:
            content.parts.append(self._part(name, len(content.parts), lines))
            counted(len(lines))
        return content

    def keys(self, keys: Iterable[str]) -> Part:
        """Add the keys of the stored secrets."""
        return self._add(KEYS, "\n".join(keys).encode(), 1)

    def finish(self, manifest: Manifest) -> None:
        """Make it whole."""
        self._add(MANIFEST, manifest.dump(), 1)
        self._tar.close()

    def _part(self, table: str, number: int, lines: list[bytes]) -> Part:
        packed = gzip.compress(b"".join(lines), LEVEL, mtime=0)
        return self._add(f"tables/{table}/{number:05}.jsonl.gz", packed, len(lines))

    def _add(self, name: str, data: bytes, rows: int) -> Part:
        about = tarfile.TarInfo(name)
        about.size, about.mode, about.mtime = len(data), 0o600, int(time.time())
        self._tar.addfile(about, io.BytesIO(data))
        return Part(name, rows, hashlib.sha256(data).hexdigest())


class Archive:
    """Reads one: `with Archive(path) as archive`. Nothing of it is ever unpacked to the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        try:
            self._tar = tarfile.open(self._path, "r:")
        except tarfile.TarError as error:
            raise BadBackup(f"{self._path} is no backup of Virtadmin") from error
        return self

    def __exit__(self, *_: object) -> None:
        self._tar.close()

    def verified(self, counted: Counted) -> Manifest:
        """Its manifest, once all that it names was there and is what it was. Raises BadBackup."""
        try:
            manifest, sums = self._sums(counted)
        except (tarfile.TarError, EOFError) as error:
            raise BadBackup(f"{self._path} is damaged ({error})") from error
        if manifest is None:
            raise BadBackup(f"{self._path} is no whole backup: it has no manifest, which is written last")
        named = {part.name: part.sha256 for part in manifest.parts()}
        for name in sorted(named.keys() | sums.keys()):
            if named.get(name) != sums.get(name):
                raise BadBackup(f"{self._path} is damaged: {name} is not what was saved")
        return manifest

    def _sums(self, counted: Counted) -> tuple[Manifest | None, dict[str, str]]:
        manifest, sums = None, {}
        for member in self._tar:
            file = self._tar.extractfile(member) if member.isreg() else None
            if file is None:
                raise BadBackup(f"{self._path} is no backup of Virtadmin: {member.name} is no file")
            if member.name == MANIFEST:
                if member.size > MOST_BYTES:
                    raise BadBackup(f"{self._path} is no backup of Virtadmin: its manifest is too large")
                manifest = manifest_load(file.read())
                continue
            digest = hashlib.sha256()
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                counted(len(chunk))
            sums[member.name] = digest.hexdigest()
        return manifest, sums

    def rows(self, content: Content) -> Iterator[list[Any]]:
        """The rows of a table, in the order of its columns."""
        for part in content.parts:
            with gzip.open(self._file(part.name)) as lines:
                for line in lines:
                    yield orjson.loads(line)

    def keys(self) -> list[str]:
        """The keys of the stored secrets that are in it."""
        return self._file(KEYS).read().decode().split()

    def _file(self, name: str) -> IO[bytes]:
        file = self._tar.extractfile(name)
        if file is None:
            raise BadBackup(f"{name} is no file")
        return file
