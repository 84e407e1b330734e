"""Whatever is given as a backup: it is read, or refused as none. Never another error, and never much memory."""

import io
import tarfile
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from virtadmin.operations.backup.archive import Archive, Writer
from virtadmin.operations.backup.errors import BadBackup, Refused
from virtadmin.operations.backup.manifest import MOST_BYTES, Manifest, manifest_load
from virtadmin.operations.backup.restoring import key_missing, newer_refuse

WHOLE: dict[str, Any] = {
    "version": "1.0", "taken": "2026-11-22T14:03:05+00:00", "hub": "abc", "hub_name": "hub", "database": "SQLite 3.45",
    "history": "database", "migrations": {"servers": ["0001_initial"]}, "keys": ["ab12"], "key_file": None,
    "tables": {"servers_server": {"columns": ["id"], "parts": [{"name": "x", "rows": 1, "sha256": "00"}]}}, "format": 1,
}  # fmt: skip
PLACES = [
    *((name,) for name in WHOLE), ("migrations", "servers"), ("tables", "servers_server"), ("keys", 0),
    ("tables", "servers_server", "columns"), ("tables", "servers_server", "parts"), ("migrations", "servers", 0),
    *(("tables", "servers_server", "parts", 0, name) for name in ("name", "rows", "sha256")),
]  # fmt: skip
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)


def used(text: bytes) -> None:
    """Read it and look at it as a restore does before anything is touched."""
    manifest = manifest_load(text)
    assert all(isinstance(part.name, str) for part in manifest.parts())
    assert isinstance(manifest.rows("servers_server"), int)
    key_missing(manifest.keys, [])
    with suppress(Refused):
        newer_refuse(manifest, {"servers": ["0001_initial"]})


def test_the_whole_one_is_read() -> None:
    used(orjson.dumps(WHOLE))


@settings(max_examples=300)
@given(st.sampled_from(PLACES), ANYTHING)
def test_a_manifest_with_anything_in_any_place_is_read_or_refused(place: tuple[Any, ...], value: Any) -> None:
    said = deepcopy(WHOLE)
    about: Any = said
    for step in place[:-1]:
        about = about[step]
    about[place[-1]] = value
    with suppress(BadBackup):
        used(orjson.dumps(said))


@given(st.binary(max_size=200) | ANYTHING.map(orjson.dumps))
def test_any_bytes_are_a_manifest_or_refused(text: bytes) -> None:
    with suppress(BadBackup):
        used(text)


def whole_archive() -> bytes:
    file = io.BytesIO()
    writer = Writer(file)
    content = writer.table("servers_server", ["id"], [b"[1]\n", b"[2]\n"], lambda rows: None)
    manifest = manifest_load(orjson.dumps(WHOLE))
    writer.finish(Manifest(**{**vars(manifest), "tables": {"servers_server": content}}))
    return file.getvalue()


def looked_at(path: Path) -> None:
    with Archive(path) as archive:
        archive.verified(lambda size: None)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_archive_is_refused(tmp_path: Path, data: st.DataObject) -> None:
    whole = whole_archive()
    at = data.draw(st.integers(0, len(whole)))
    odd = st.binary(max_size=12) | st.sampled_from(
        [b"\0" * 512, b"\xff" * 8, b"77777777777", b"1", b"2", b"S", b"x", b"L"]
    )
    instead = data.draw(odd)
    path = tmp_path / "damaged.tar"
    path.write_bytes(whole[:at] + instead + whole[at + data.draw(st.sampled_from([0, len(instead), 512])) :])
    with suppress(BadBackup):
        looked_at(path)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE])
@pytest.mark.parametrize("to", ["manifest.json", "nowhere", "../../etc/passwd"])
def test_what_is_no_file_is_refused(tmp_path: Path, kind: bytes, to: str) -> None:
    path = tmp_path / "odd.tar"
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo("tables/x")
        member.type, member.linkname = kind, to
        archive.addfile(member)
    with pytest.raises(BadBackup):
        looked_at(path)


def test_a_manifest_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.tar"
    with path.open("wb") as file:
        member = tarfile.TarInfo("manifest.json")
        member.size = MOST_BYTES + 1
        file.write(member.tobuf())
        file.truncate(512 + member.size + 1024)  # a hole: it takes no room
    with pytest.raises(BadBackup, match="too large"):
        looked_at(path)
