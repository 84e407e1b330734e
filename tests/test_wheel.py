"""What `pip install` brings: the same hub, without Node and without the checkout."""

import os
import re
import signal
import subprocess
import sys
import sysconfig
import tarfile
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from tests.running.hub import free_port, until
from virtadmin import __version__

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True, timeout=100)
    [made] = folder.glob("virtadmin-*.whl")
    return made


def test_it_holds_everything_the_hub_serves_and_sends(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    ours = subprocess.run(["git", "ls-files", "src"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    wanted = {name.removeprefix("src/") for name in ours.splitlines()}
    wanted |= {f"virtadmin/_probe/{path.name}" for path in (ROOT / "probe").glob("*.*")}
    wanted |= {"virtadmin/web/static/vendor/htmx.js"}
    assert wanted <= names, sorted(wanted - names)


def test_it_runs_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """Unpacked alone on the path, it finds its probe and its command."""
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = (
        "import virtadmin; from virtadmin.servers.enrol_script import probe_file;"
        "print(virtadmin.__file__, len(probe_file('probe.py')))"
    )
    environment = {"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(str(tmp_path)), done.stdout


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", str(folder)]
    subprocess.run(command, check=True, timeout=100, cwd=ROOT, capture_output=True)
    [made] = folder.glob("virtadmin-*.tar.gz")
    return made


def test_a_source_release_makes_the_same_wheel_without_node(source: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path, filter="data")
    [folder] = tmp_path.iterdir()
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path / "made")]
    environment = {**os.environ, "PATH": str(Path(sys.executable).parent)}
    subprocess.run(command, check=True, timeout=100, cwd=folder, env=environment, capture_output=True)
    [made] = (tmp_path / "made").glob("*.whl")
    kept, again = zipfile.ZipFile(wheel), zipfile.ZipFile(made)
    assert {each.filename: each.CRC for each in again.infolist()} == {
        each.filename: each.CRC for each in kept.infolist()
    }


def test_the_version_is_in_one_place(wheel: Path) -> None:
    assert wheel.name.startswith(f"virtadmin-{__version__}-")
    text = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    assert len(re.findall(re.escape(f'"{__version__}"'), text)) == 1


def test_installed_alone_it_is_a_whole_hub(wheel: Path, tmp_path: Path) -> None:
    """In an environment of its own, with no Node on the path and far from the checkout: `virtadmin up` answers."""
    place = tmp_path / "environment"
    venv.create(place, with_pip=False)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(place / "bin/python"),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*pip, str(wheel)], check=True)
    [packages] = place.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))  # what pip would fetch
    listen = f"127.0.0.1:{free_port()}"
    environment = {
        "PATH": f"{place}/bin:/usr/bin:/bin",
        "VIRTADMIN_HOME": str(tmp_path / "data"),
        "VIRTADMIN_LISTEN": listen,
    }
    version = subprocess.run(
        [place / "bin/virtadmin", "--version"], capture_output=True, text=True, env=environment, check=True
    )
    assert version.stdout == f"virtadmin {__version__}\n"
    with (tmp_path / "log").open("wb") as log:
        hub = subprocess.Popen([place / "bin/virtadmin", "up"], cwd=tmp_path, env=environment, stdout=log, stderr=log)
    try:

        def page() -> str:
            assert hub.poll() is None, (tmp_path / "log").read_text()
            with urllib.request.urlopen(f"http://{listen}/login/", timeout=5) as answer:
                return str(answer.read().decode())

        found = until(page, 90, "the page")
        [script] = re.findall(r'src="(/static/vendor/htmx[^"]*)"', found)
        with urllib.request.urlopen(f"http://{listen}{script}", timeout=5) as answer:
            assert answer.status == 200
        assert "with the password" in (tmp_path / "log").read_text()
    finally:
        hub.send_signal(signal.SIGINT)
        assert hub.wait(20) == 0
