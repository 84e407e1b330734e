"""`virtadmin import`: what is printed, what is refused, how it ends."""

import io
from pathlib import Path

import pytest

from tests.hosts.fixtures import MakeHost
from tests.running.hub import Hub
from virtadmin.accounts.models import User
from virtadmin.cli import main
from virtadmin.servers.models import ImportRow, ServerImport

LIST = "web1 root@192.0.2.1 tags=shop\nssh -J gate web2\n192.0.2.3:2222"


@pytest.mark.django_db
def test_a_dry_run_says_what_would_be_added_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "list"
    path.write_text(LIST)
    assert main(["import", str(path), "--dry-run"]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "line 1: root@192.0.2.1:22  web1  [shop]",
        "line 3: (--user)@192.0.2.3:2222",
        "2 servers can be added (lines), 1 lines cannot.",
    ]
    assert "line 2: web2: It is reached through another host (gate)" in printed.err
    path.write_text("192.0.2.1\nssh -J \x1b]0;mine\x07 web2")
    assert main(["import", str(path), "--dry-run"]) == 0
    assert "\x1b" not in capsys.readouterr().err, "a list of somebody else's commands no terminal"
    path.write_text("ssh -J \x1b]0;mine\x07 web2")
    assert main(["import", str(path), "--dry-run"]) == 1
    assert "\x1b" not in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO("Host *\n  User root\n"))
    assert main(["import", "-", "--dry-run"]) == 1
    assert main(["import", str(tmp_path / "no such file")]) == 1
    assert not ServerImport.objects.exists()


@pytest.mark.usefixtures("valkey")
def test_keys_nobody_vouched_for_are_shown_and_asked_about(
    admin_person: User, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "list"
    path.write_text("192.0.2.1")
    monkeypatch.setattr("virtadmin.cli.imports.time.sleep", lambda _: looked())

    def looked() -> None:
        ImportRow.objects.update(looked=True, shown=[["ssh-ed25519", "SHA256:" + "k" * 43]])

    monkeypatch.setattr("sys.stdin", io.StringIO("s3cret\n"))
    assert main(["import", str(path)]) == 1
    printed = capsys.readouterr()
    assert f"192.0.2.1:22  SHA256:{'k' * 43} (ssh-ed25519)" in printed.out
    assert "say --trust" in printed.err

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("no\n"))
    monkeypatch.setattr("getpass.getpass", lambda _: "s3cret")
    assert main(["import", str(path)]) == 1
    assert "say that you trust" in capsys.readouterr().err


@pytest.mark.timeout(240)
def test_a_list_is_added_on_a_running_hub(make_host: MakeHost, tmp_path: Path) -> None:
    hosts = [make_host(f"cli-many{number}", f"127.0.1.{160 + number}") for number in range(3)]
    lines = [f"many{number} {host.address} tags=cli" for number, host in enumerate(hosts)]
    (tmp_path / "list").write_text("\n".join([*lines, "dead 127.0.1.169:9"]))
    (tmp_path / "home").mkdir()
    hub = Hub(tmp_path / "home", ENROLMENTS_AT_ONCE="2").start()
    try:
        done = hub.run("import", str(tmp_path / "list"), "--trust", said="root-secret\n")
        assert "3 added, 1 failed." in done.stdout, done.stdout + done.stderr
        assert done.returncode == 1
        assert sorted(line.split()[:2] for line in done.stdout.splitlines() if line.startswith(("done", "failed"))) == [
            ["done", "many0"], ["done", "many1"], ["done", "many2"], ["failed", "dead"],
        ]  # fmt: skip
        again = hub.run("import", "-", "--trust", said="\n".join(lines))
        assert again.returncode == 1
        assert "No server is chosen" in again.stderr
        assert "root-secret" not in hub.log
    finally:
        hub.stop()
