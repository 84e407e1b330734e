"""probe.sh with the tools a small system has."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.probe.running import ONE_OF_EACH, Kind, answers, parts

SHELLS = [kind for kind in ONE_OF_EACH if not kind.is_python]
TOOLS = ("tail", "df", "awk", "cat", "sleep", "date", "readlink", "grep", "tr", "wc")


def ask_with(kind: Kind, folder: Path, *requests: str) -> list[tuple[str, bytes]]:
    """Its answers where these are the only programs."""
    program = shutil.which(kind.words[0])
    assert program
    done = subprocess.run(
        [program, *kind.command(folder / "log")[1:]],
        input="".join(request + "\n" for request in requests).encode(),
        capture_output=True,
        env={"PATH": str(folder)},
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return answers(done.stdout)


@pytest.fixture(params=["coreutils", "busybox"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder of programs without stat."""
    busybox = shutil.which("busybox")
    for tool in TOOLS:
        target = busybox if request.param == "busybox" else shutil.which(tool)
        if not target:
            pytest.skip(f"there is no {request.param} {tool} here")
        (tmp_path / tool).symlink_to(target if request.param == "busybox" else os.path.realpath(target))
    return tmp_path


@pytest.mark.parametrize("kind", [SHELLS[0]], ids=lambda kind: kind.name)
def test_df_does_where_stat_is_missing(kind: Kind, folder: Path) -> None:
    ((_, body),) = ask_with(kind, folder, "sample")
    fields = parts(body)["mounts"].splitlines()[0].decode().split(" ")
    size = os.statvfs("/")
    assert fields[4] == "/"
    assert int(fields[6]) == size.f_blocks * size.f_frsize // 1024
    assert int(fields[7]) == pytest.approx((size.f_blocks - size.f_bfree) * size.f_frsize // 1024, rel=0.05)
    assert int(fields[8]) == pytest.approx(size.f_bavail * size.f_frsize // 1024, rel=0.05)
    if fields[9] != "-":  # busybox may be built without df -i
        assert int(fields[9]) == size.f_files == int(fields[10]) + int(fields[11])


@pytest.mark.parametrize("kind", SHELLS, ids=lambda kind: kind.name)
def test_without_any_tool_it_still_answers(kind: Kind, tmp_path: Path) -> None:
    given = ask_with(kind, tmp_path, "sample", "facts", "top", "what")
    words = [word for word, _ in given]
    assert words[2:] == ["error", "error"]
    assert given[2][1] == b"error top needs awk\n"
    assert words[:2] == ["sample", "facts"]
