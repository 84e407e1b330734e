"""What either probe answers about the machine the tests run on."""

import os
import platform
from pathlib import Path

import pytest

from tests.probe.running import KINDS, Kind, ask, parts

pytestmark = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def test_it_gives_the_kernels_own_text(kind: Kind) -> None:
    ((word, body),) = ask(kind, "sample")
    assert word == "sample"
    found = parts(body)
    for path in ("/proc/stat", "/proc/meminfo", "/proc/loadavg", "/proc/uptime", "/proc/net/dev", "/proc/diskstats"):
        shape = [
            line.split()[:1] for line in Path(path).read_text().splitlines() if not path.endswith(("loadavg", "uptime"))
        ]
        assert [line.split()[:1] for line in found[path].decode().splitlines()][: len(shape)] == shape or not shape
    assert found["/proc/sys/kernel/random/boot_id"] == Path("/proc/sys/kernel/random/boot_id").read_bytes().strip()
    assert found["/proc/meminfo"].splitlines()[0] == Path("/proc/meminfo").read_bytes().splitlines()[0]
    assert ("/proc/pressure/cpu" in found) == Path("/proc/pressure/cpu").exists()


def test_it_measures_the_root_file_system(kind: Kind) -> None:
    ((_, body),) = ask(kind, "sample")
    first = parts(body)["mounts"].splitlines()[0].decode().split(" ")
    assert len(first) == 12
    assert (first[0], first[4]) == ("mount", "/")
    assert first[5].startswith("rw")
    size = os.statvfs("/")
    assert int(first[6]) == size.f_blocks * size.f_frsize // 1024
    used, available, inodes, inodes_used, inodes_free = map(int, first[7:])
    assert used == pytest.approx((size.f_blocks - size.f_bfree) * size.f_frsize // 1024, rel=0.05)
    assert available == pytest.approx(size.f_bavail * size.f_frsize // 1024, rel=0.05)
    assert inodes == size.f_files == inodes_used + inodes_free


def test_the_clock_can_be_told_from_the_sample(kind: Kind) -> None:
    ((_, body),) = ask(kind, "sample")
    found = parts(body)
    booted = next(int(line.split()[1]) for line in found["/proc/stat"].splitlines() if line.startswith(b"btime"))
    told = booted + float(found["/proc/uptime"].split()[0])
    assert told == pytest.approx(float(found.get("clock", told)), abs=2)
    assert ("clock" in found) == kind.is_python


def test_it_gives_the_facts(kind: Kind) -> None:
    ((word, body),) = ask(kind, "facts")
    assert word == "facts"
    found = parts(body)
    assert found["/etc/os-release"] == Path("/etc/os-release").read_bytes().strip()
    assert found["/proc/sys/kernel/hostname"].decode() == platform.node()
    assert found["/proc/cpuinfo"] == Path("/proc/cpuinfo").read_bytes().split(b"\n\n")[0][:4096].strip()
    assert found["probe"].startswith(b"kind python 3." if kind.is_python else b"kind sh")
    links = [line.decode().split(" ") for line in found["links"].splitlines()]
    assert [link[1] for link in links] == sorted(p.name for p in Path("/sys/class/net").iterdir() if p.is_dir())
    loopback = next(link for link in links if link[1] == "lo")
    assert loopback == ["link", "lo", "-", "unknown", "virtual"]


def test_it_answers_in_order_and_survives_what_it_does_not_know(kind: Kind) -> None:
    given = ask(kind, "id", "", "sample", "sample now", "x" * 2001, "log", "log  ", "x" * 100_000, "facts")
    assert [word for word, _ in given] == [
        "error",
        "error",
        "sample",
        "error",
        "error",
        "error",
        "error",
        "error",
        "facts",
    ]
    for word, body in given:
        if word == "error":
            assert body.startswith(b"error ")
            assert body.count(b"\n") == 1
    assert b"2000 bytes" in given[4][1]
    assert given[7][1] == given[4][1]


def test_a_request_is_text_and_never_a_command(kind: Kind, tmp_path: Path) -> None:
    target = tmp_path / "made"
    log_file = tmp_path / "log"
    ask(
        kind,
        f"$(touch {target})",
        f"log `touch {target}`; touch {target}",
        f"sample; touch {target}",
        "log -f /etc/passwd",
        log_file=log_file,
    )
    assert not target.exists()
    assert b"-f /etc/passwd" in log_file.read_bytes()
