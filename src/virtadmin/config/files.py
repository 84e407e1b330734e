"""The data folder: where it is, and the secrets generated in it the first time."""

import hashlib
import os
import secrets
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

import environ
from environ.fileaware_mapping import FileAwareMapping

from virtadmin.core.keys import KeyFile

UNIX_SOCKET_PATH_MAX = 100
"""Bytes of a unix socket's path that every kernel accepts (Linux: 107, BSD: 103)."""


class SecretFiles(FileAwareMapping):  # type: ignore[misc]
    """The environment, where `<NAME>_FILE` may name a file with the value, without the line's end that editors add.

    What is neither there is looked for among the credentials that systemd hands to a service, as `secrets_<name>`:
    `LoadCredential=secrets:FOLDER` gives each file of a folder that name. What is empty counts as not there.
    """

    def __getitem__(self, key: str) -> str:
        path = self.file(key)
        text = path.read_text() if path else self.env[key]
        if value := text.rstrip("\r\n"):
            return str(value)
        raise KeyError(key)

    def file(self, key: str) -> Path | None:
        """The file that this value is in; None when it is in the environment, or nowhere."""
        if named := self.env.get(f"{key}_FILE"):
            return Path(named)
        credentials = self.env.get("CREDENTIALS_DIRECTORY")
        if not credentials or key in self.env:
            return None
        path = Path(credentials, f"secrets_{key.lower()}")
        return path if path.is_file() else None


class Environment(environ.FileAwareEnv):  # type: ignore[misc]
    """Reads settings from the environment and from the files it names."""

    ENVIRON = SecretFiles()


def environment_secret(name: str) -> str:
    """A secret needed before or beside the settings; "" when there is none. Raises OSError for a missing file."""
    return str(SecretFiles().get(name, ""))


def data_folder() -> Path:
    """The folder that holds everything this installation owns: `VIRTADMIN_HOME`, else the user's data folder."""
    home = os.environ.get("VIRTADMIN_HOME")
    if home:
        return Path(home).expanduser().absolute()
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "virtadmin"


def generated_secret(path: Path) -> str:
    """The secret kept in the file at path, made (mode 0600) if missing. Safe when two processes start at once."""
    return made_secret(path).read_text().strip()


def made_secret(path: Path) -> Path:
    """The path, with a secret in the file there, as for `generated_secret`."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)  # link, not rename: whoever is second keeps the first one's secret
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path


def private_folder(path: Path) -> None:
    """Make the folder at path for this user alone. Raises OSError where it is another's, or a link.

    In a temporary folder anybody may have made one of that name before, with a socket of their own in it.
    """
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    about = path.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid():
        raise OSError(f"{path} is not a folder of this user's: remove it, or choose a shorter VIRTADMIN_HOME")
    path.chmod(0o700)


def secrets_keys(given: list[str], folder: Path) -> Sequence[str]:
    """The keys of the stored secrets: those given by `SECRETS_KEY`, else the ones in the folder, made if missing.

    Those that a file gives are read there anew whenever it changes.
    """
    if not given:
        return KeyFile(made_secret(folder / "secrets.key"))
    path = Environment.ENVIRON.file("SECRETS_KEY")
    return KeyFile(path, given=True) if path else given


def socket_path(folder: Path) -> Path:
    """Where the embedded Valkey listens: in the data folder, or a private temporary one if that path is too long."""
    path = folder / "run" / "valkey.sock"
    if len(os.fsencode(path)) <= UNIX_SOCKET_PATH_MAX:
        return path
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"virtadmin-{os.getuid()}-{name}" / "valkey.sock"
