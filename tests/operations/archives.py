"""Backups with something else in them than what was taken."""

import gzip
import hashlib
import json
import tarfile
from io import BytesIO
from pathlib import Path


def edited(path: Path, change: dict[str, bytes | None]) -> Path:
    """The archive with other files in it; None takes one out."""
    made, more = path.with_name("edited.tar"), dict(change)
    with tarfile.open(path) as old, tarfile.open(made, "w") as new:
        for member in old:
            file = old.extractfile(member)
            assert file
            data = more.pop(member.name, file.read())
            if data is not None:
                member.size = len(data)
                new.addfile(member, BytesIO(data))
        for name, data in more.items():
            about = tarfile.TarInfo(name)
            about.size = len(data or b"")
            new.addfile(about, BytesIO(data or b""))
    return made


def manifest(path: Path) -> dict[str, object]:
    with tarfile.open(path) as archive:
        file = archive.extractfile("manifest.json")
        assert file
        said: dict[str, object] = json.load(file)
        return said


def with_retired(path: Path) -> Path:
    """A backup as of a version that still had an app that this one has not: Django's own sessions, with one in it."""
    name, row = "tables/django_session/00000.jsonl.gz", gzip.compress(b'["a-key"]\n')
    said = manifest(path)
    said["migrations"]["sessions"] = ["0001_initial"]  # type: ignore[index]
    part = {"name": name, "rows": 1, "sha256": hashlib.sha256(row).hexdigest()}
    said["tables"]["django_session"] = {"columns": ["session_key"], "parts": [part]}  # type: ignore[index]
    return edited(path, {name: row, "manifest.json": json.dumps(said).encode()})
