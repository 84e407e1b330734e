"""What `pip install` brings: the same hub, without Node and without the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

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
