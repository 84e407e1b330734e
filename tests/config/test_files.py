"""The data folder and the secrets made in it."""

import os
import stat
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from virtadmin.config.files import (
    UNIX_SOCKET_PATH_MAX,
    Environment,
    data_folder,
    environment_secret,
    generated_secret,
    private_folder,
    secrets_keys,
    socket_path,
)
from virtadmin.core.keys import own_key_file


def keys_in(folder: Path) -> Sequence[str]:
    """As the settings ask for them."""
    return secrets_keys(Environment().list("SECRETS_KEY", default=[]), folder)


def test_the_folder_is_the_one_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTADMIN_HOME", "~/there")
    assert data_folder() == Path.home() / "there"


@pytest.mark.parametrize("base", ["", "/somewhere/data"])
def test_without_a_wish_it_is_the_users_data_folder(monkeypatch: pytest.MonkeyPatch, base: str) -> None:
    monkeypatch.delenv("VIRTADMIN_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", base)
    expected = Path(base) if base else Path.home() / ".local" / "share"
    assert data_folder() == expected / "virtadmin"


def test_a_secret_is_made_once_and_private(tmp_path: Path) -> None:
    first = generated_secret(tmp_path / "deep" / "key")
    assert len(first) >= 40
    assert generated_secret(tmp_path / "deep" / "key") == first
    assert stat.S_IMODE((tmp_path / "deep" / "key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["key"]


def test_processes_that_start_at_once_agree_on_the_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second writer finds the first one's file between its look and its link."""
    path = tmp_path / "key"
    found: set[str] = set()
    barrier = threading.Barrier(4)
    monkeypatch.setattr("os.getpid", threading.get_ident)  # threads stand for processes

    def start() -> None:
        barrier.wait()
        found.add(generated_secret(path))

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1


def test_who_comes_second_keeps_the_first_ones_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key"
    monkeypatch.setattr(Path, "exists", lambda self: False)  # both looked before either wrote
    assert generated_secret(path) == generated_secret(path)


def test_the_socket_lies_in_the_data_folder() -> None:
    assert socket_path(Path("/data")) == Path("/data/run/valkey.sock")


def test_a_path_too_long_for_the_kernel_gives_way_to_a_short_one() -> None:
    folder = Path("/" + "long/" * 30)
    path = socket_path(folder)
    assert len(str(path)) <= UNIX_SOCKET_PATH_MAX
    assert path == socket_path(folder)
    assert path != socket_path(folder / "other")


def test_a_value_from_a_file_ends_before_the_lines_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As editors and `echo` write it: a key with the line's end would be another key."""
    (tmp_path / "secret").write_text(" a b \r\n")
    monkeypatch.setenv("SOME_SECRET_FILE", str(tmp_path / "secret"))
    assert Environment().str("SOME_SECRET") == " a b "


def test_an_empty_value_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Units and compose files name a file for every secret; those that are not used are empty."""
    (tmp_path / "empty").write_text("\n")
    monkeypatch.setenv("NO_SECRET_FILE", str(tmp_path / "empty"))
    monkeypatch.setenv("NO_WORD", "")
    assert Environment().str("NO_WORD", default="usual") == "usual"
    assert Environment().db_url("NO_SECRET", default="sqlite:////there")["NAME"] == "/there"
    assert environment_secret("NO_SECRET") == ""


def test_a_private_folder_is_ours_or_refused(tmp_path: Path) -> None:
    private_folder(tmp_path / "deep" / "run")
    (tmp_path / "deep" / "run").chmod(0o755)
    private_folder(tmp_path / "deep" / "run")
    assert stat.S_IMODE((tmp_path / "deep" / "run").stat().st_mode) == 0o700
    (tmp_path / "link").symlink_to(tmp_path / "deep")
    with pytest.raises(OSError, match="not a folder of this user's"):
        private_folder(tmp_path / "link")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_folder_that_somebody_else_made_before_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "squatted").mkdir()
    os.chown(tmp_path / "squatted", 65534, 65534)
    with pytest.raises(OSError, match="shorter VIRTADMIN_HOME"):
        private_folder(tmp_path / "squatted")


def test_a_service_finds_the_credentials_systemd_hands_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As `LoadCredential=secrets:FOLDER` names them; whatever is said by name goes before."""
    (tmp_path / "secrets_some_secret").write_text("from systemd\n")
    (tmp_path / "secrets_unused").write_text("")
    (tmp_path / "named").write_text("from a file")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert Environment().str("SOME_SECRET") == environment_secret("SOME_SECRET") == "from systemd"
    assert environment_secret("UNUSED") == environment_secret("MISSING") == ""
    monkeypatch.setenv("SOME_SECRET", "from the environment")
    assert environment_secret("SOME_SECRET") == "from the environment"
    monkeypatch.setenv("SOME_SECRET_FILE", str(tmp_path / "named"))
    assert environment_secret("SOME_SECRET") == "from a file"


def test_the_keys_of_stored_secrets_are_those_given_or_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SECRETS_KEY", "SECRETS_KEY_FILE", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    [made] = keys_in(tmp_path)
    assert made == (tmp_path / "secrets.key").read_text()
    monkeypatch.setenv("SECRETS_KEY", "new,old key")
    assert list(keys_in(tmp_path)) == ["new", "old key"]


@pytest.mark.parametrize("how", ["SECRETS_KEY_FILE", "CREDENTIALS_DIRECTORY"])
def test_a_file_of_keys_that_is_changed_is_read_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, how: str) -> None:
    for name in ("SECRETS_KEY", "SECRETS_KEY_FILE", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    given = tmp_path / "secrets_secrets_key"
    given.write_text("old key\n")
    monkeypatch.setenv(how, str(given if how == "SECRETS_KEY_FILE" else tmp_path))
    keys = keys_in(tmp_path / "data")
    assert list(keys) == ["old key"]
    given.write_text("new,old key\n")
    assert list(keys) == ["new", "old key"]
    assert own_key_file(keys) is None
    given.write_text("")
    assert list(keys) == ["new", "old key"], "an emptied file is one that is being written"
    assert not (tmp_path / "data").exists()
