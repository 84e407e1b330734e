"""The command line is a thin door: what it prints, what it refuses."""

import io
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.accounts.phone import set_up
from virtadmin import __version__
from virtadmin.accounts.models import User
from virtadmin.accounts.two_factor import two_factor_on
from virtadmin.cli import main
from virtadmin.servers.models import InitialServerProfile, Server, ServerState

pytestmark = pytest.mark.django_db


def test_without_a_command_it_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "usage: virtadmin" in capsys.readouterr().err


def test_it_knows_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.strip() == f"virtadmin {__version__}"


def test_servers_are_listed_with_what_is_known(alice: User, capsys: pytest.CaptureFixture[str]) -> None:
    server = Server.objects.create(name="web1", ip_address="192.0.2.1", owner=alice, enrolled=True)
    ServerState.objects.create(server=server, status="down", status_reason="timeout: no answer", cpu_usage=12.34)
    local = Server.objects.create(name="here", ip_address="localhost", port=0, owner=alice, enrolled=True)
    ServerState.objects.create(server=local)
    assert main(["servers"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "here" in lines[1]
    assert "localhost " in lines[1]
    assert lines[2].split()[1:5] == ["web1", "192.0.2.1:22", "down", "12.3"]
    assert lines[2].endswith("timeout: no answer")


def test_the_first_admin_is_made_once_with_a_password_shown_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("VIRTADMIN_ADMIN_PASSWORD", raising=False)
    assert main(["setup", "--no-admin"]) == 0
    assert (capsys.readouterr().out, User.objects.count()) == ("", 0)
    assert main(["admin"]) == 0
    assert User.objects.get().check_password(capsys.readouterr().out.strip().rpartition(" ")[2])
    assert main(["admin"]) == 1
    assert "there are users already" in capsys.readouterr().err


def test_its_password_may_come_from_a_file_and_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("from-a-file\n")
    monkeypatch.delenv("VIRTADMIN_ADMIN_PASSWORD", raising=False)
    monkeypatch.setenv("VIRTADMIN_ADMIN_PASSWORD_FILE", str(tmp_path / "password"))
    assert main(["setup"]) == 0
    assert capsys.readouterr().out == "Made the user admin with the password given\n"
    assert User.objects.get().check_password("from-a-file")


def test_static_files_are_collected_without_a_database(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = str(tmp_path / "static")
    assert main(["static"]) == 0
    assert (tmp_path / "static" / ".collected").exists()


def test_a_lost_password_is_replaced(alice: User, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["password", "alice"]) == 0
    alice.refresh_from_db()
    assert alice.check_password(capsys.readouterr().out.strip())
    assert main(["password", "nobody"]) == 1
    assert "no user nobody" in capsys.readouterr().err


def test_who_lost_phone_and_recovery_codes_is_let_in_from_the_hubs_machine(alice: User) -> None:
    set_up(alice)
    assert main(["password", "alice"]) == 0
    assert two_factor_on(alice)
    assert main(["password", "alice", "--no-two-factor"]) == 0
    assert not two_factor_on(alice)


def test_setup_makes_the_first_admin(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)  # the test's own connection stays
    assert main(["setup"]) == 0
    assert "Made the user admin" in capsys.readouterr().out
    assert main(["setup"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("valkey")
def test_a_script_is_printed_for_those_who_give_no_login(
    admin_person: User, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["enrol", "192.0.2.7", "--name", "db1", "--print"]) == 0
    printed = capsys.readouterr()
    profile = InitialServerProfile.objects.get()
    assert profile.owner == admin_person
    assert "restrict" in printed.out
    assert f"virtadmin verify {profile.pk}" in printed.err


@pytest.mark.usefixtures("valkey")
def test_input_that_is_wrong_is_said_in_one_line(
    admin_person: User, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("secret-word\n"))
    assert main(["enrol", "root@192.0.2.7"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("virtadmin: ")
    assert "secret-word" not in error
    assert main(["unenrol", "nothing-like-it"]) == 1
    assert "nothing-like-it" in capsys.readouterr().err
    assert main(["verify", "99"]) == 1
    assert "number 99" in capsys.readouterr().err
    assert main(["enrol", "192.0.2.7", "--owner", "nobody"]) == 1
    assert "no user nobody" in capsys.readouterr().err
    User.objects.all().delete()
    assert main(["enrol", "192.0.2.7"]) == 1
    assert "no admin yet" in capsys.readouterr().err


def test_status_names_what_is_not_well(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    assert main(["status"]) == 1
    out = capsys.readouterr().out
    assert "database   well" in out
    assert "ConnectionError" in out


def test_a_key_that_is_locked_asks_for_its_passphrase(
    admin_person: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import asyncssh

    path = tmp_path / "key"
    path.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key(passphrase="right"))
    monkeypatch.setattr("sys.stdin", io.StringIO("wrong\n"))
    assert main(["enrol", "192.0.2.7", "--key", str(path)]) == 1
    assert "passphrase" in capsys.readouterr().err


def test_ctrl_c_ends_a_command_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("virtadmin.cli.hub.status", interrupted)
    assert main(["status"]) == 130


@pytest.mark.usefixtures("valkey")
def test_status_says_that_no_round_has_begun(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 1
    assert "has not begun" in capsys.readouterr().out
