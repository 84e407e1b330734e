"""The keys of stored secrets, kept in a file that may change while the hub runs.

Every process looks at the file whenever it needs the keys, so that a new key (`virtadmin rotate-key`) is known to all
of them at once and none has to be started again. The same goes for a file that somebody gives (`SECRETS_KEY_FILE`),
where that is changed in place.
"""

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import overload

FINGERPRINT = 12
"""Characters of a key's fingerprint: enough to tell keys apart, of no use to whoever wants the key."""


class KeyFile(Sequence[str]):
    """The keys in the file at `path`, one a line; the first encrypts. While the file is away, those it held last.

    `given`: the file is somebody else's, to be read and never written; its keys have commas or line ends between them.
    """

    def __init__(self, path: Path, *, given: bool = False) -> None:
        self.path, self.given = path, given
        self._mark: tuple[int, ...] = ()
        self._keys: tuple[str, ...] = ()

    def _now(self) -> tuple[str, ...]:
        try:
            about = self.path.stat()
            mark = (about.st_mtime_ns, about.st_ino, about.st_size)
            if mark != self._mark:
                self._keys = self._split(self.path.read_text()) or self._keys
                self._mark = mark
        except OSError:
            if not self._keys:
                raise
        return self._keys

    def _split(self, text: str) -> tuple[str, ...]:
        return tuple(filter(None, re.split(r"[,\r\n]+", text))) if self.given else tuple(text.split())

    def __len__(self) -> int:
        return len(self._now())

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        return self._now()[index]

    def __repr__(self) -> str:
        return f"KeyFile({str(self.path)!r})"


def own_key_file(keys: Sequence[str]) -> KeyFile | None:
    """The key file that is the hub's own to change; None where the keys were given to it."""
    return keys if isinstance(keys, KeyFile) and not keys.given else None


def keys_write(path: Path, keys: Sequence[str]) -> None:
    """Put the keys into the file at path (mode 0600), all or none of them. Raises OSError."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("\n".join(keys))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def fingerprint(key: str) -> str:
    """What a key may be called by: tells nothing of it."""
    digest = hashlib.sha256(b"virtadmin stored secrets " + key.encode()).hexdigest()
    return digest[:FINGERPRINT]
