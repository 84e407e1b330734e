"""The local transport: the real probe as a child process."""

import asyncio
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from virtadmin.ssh import local
from virtadmin.ssh.channel import open_channel
from virtadmin.ssh.local import probe_path
from virtadmin.ssh.stages import ConnectionFailure, Stage
from virtadmin.ssh.target import Target

HERE = Target("localhost", 0, "", "", "", "local")


def probes_of(parent: int) -> list[psutil.Process]:
    return [child for child in psutil.Process(parent).children() if "probe.py" in " ".join(child.cmdline())]


async def test_it_answers_like_any_probe_and_leaves_no_process() -> None:
    channel = await open_channel(HERE, hub_name="hub")
    child = probes_of(psutil.Process().pid)[0]
    for word in ("sample", "facts"):
        answer = await channel.ask(word, 5)
        assert answer.startswith(b"virtadmin-probe 1 " + word.encode())
        assert answer.endswith(b"virtadmin-probe end\n")
    channel.close()
    assert channel.closed
    await asyncio.get_running_loop().run_in_executor(None, psutil.wait_procs, [child], 5)
    assert not child.is_running()
    with pytest.raises(ConnectionFailure):
        await channel.ask("sample", 1)


async def test_a_child_that_dies_is_told() -> None:
    channel = await open_channel(HERE, hub_name="hub")
    await channel.ask("sample", 5)
    probes_of(psutil.Process().pid)[0].kill()
    with pytest.raises(ConnectionFailure) as caught:
        await channel.ask("sample", 5)
    assert caught.value.stage == Stage.PROBE_FAILED


async def test_what_it_complains_of_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "probe.py"
    broken.write_text("import sys; sys.exit('no such luck')")
    monkeypatch.setattr(local, "probe_path", lambda name: broken)
    channel = await open_channel(HERE, hub_name="hub")
    with pytest.raises(ConnectionFailure) as caught:
        await channel.ask("sample", 5)
    assert "no such luck" in caught.value.message


async def test_a_probe_that_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(ConnectionFailure) as caught:
        await open_channel(HERE, hub_name="hub")
    assert caught.value.stage == Stage.PROBE_FAILED


def test_it_ends_with_a_hub_that_is_killed() -> None:
    script = """
        import asyncio, os
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        from virtadmin.ssh.channel import open_channel
        from virtadmin.ssh.target import Target
        async def main():
            channel = await open_channel(Target("localhost", 0, "", "", "", "local"), hub_name="hub")
            await channel.ask("sample", 5)
            print("up", flush=True)
            await asyncio.sleep(60)
        asyncio.run(main())
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE) as hub:
        assert hub.stdout
        assert hub.stdout.readline() == b"up\n"
        [child] = probes_of(hub.pid)
        hub.kill()
    until = time.monotonic() + 5
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE and time.monotonic() < until:
        time.sleep(0.05)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_the_probe_is_found_packed_and_in_a_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert probe_path("probe.py").is_file()
    package = tmp_path / "src" / "virtadmin"
    monkeypatch.setattr(local, "PACKAGE", package)
    assert probe_path("probe.py") == tmp_path / "probe" / "probe.py"
    (package / "_probe").mkdir(parents=True)
    (package / "_probe" / "probe.py").touch()
    assert probe_path("probe.py") == package / "_probe" / "probe.py"
