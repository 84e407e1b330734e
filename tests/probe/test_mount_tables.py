"""Properties of the choice of disks, over any mount table, and that both probes choose alike."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.probe.recorded import Recorded
from tests.probe.running import ONE_OF_EACH
from tests.probe.test_in_process import load

ON_A_DISK = ["ext4", "xfs", "vfat", "fuseblk", "squashfs", "ocfs2"]
WITHOUT = ["btrfs", "zfs", "nfs4", "fuse.sshfs", "tmpfs", "overlay", "autofs", "proc", "9p"]
NEVER = {b"nfs4", b"fuse.sshfs", b"fuseblk", b"tmpfs", b"squashfs", b"autofs", b"ocfs2", b"proc", b"9p"}
PLACES = ["/", "/a", "/a/b", "/a/b/c", "/ab", "/mnt", "/mnt/x", "/srv/my\\040data", "/etc/hosts", "/var/lib/x"]
DEVICES = st.sampled_from([(kind, major) for kind in ON_A_DISK for major in (8, 259)] + [(kind, 0) for kind in WITHOUT])
LINES = st.builds(
    lambda number, device, minor, root, place, way, optional, ways: (
        f"{number} 1 {device[1]}:{minor} {root} {place} {way},relatime{optional} "
        f"- {device[0]} source{number} {ways},errors=x"
    ),
    st.integers(10, 99),
    DEVICES,
    st.integers(1, 4),
    st.sampled_from(["/", "/@home", "/part"]),
    st.sampled_from(PLACES),
    st.sampled_from(["rw", "ro"]),
    st.sampled_from(["", " shared:1", " shared:1 master:2"]),
    st.sampled_from(["rw", "ro"]),
)
TABLES = st.lists(LINES, max_size=12).map(lambda lines: "".join(line + "\n" for line in lines))
probe = load()


@given(TABLES)
def test_no_disk_twice_and_none_that_may_hang(table: str) -> None:
    chosen = probe.disks(table.encode())
    devices = [mount[0] for mount in chosen]
    assert len(set(devices)) == len(devices)
    for mount in chosen:
        assert mount[4] not in NEVER
        assert mount[4] != b"overlay" or mount[2] == b"/"


@given(TABLES)
def test_what_is_mounted_at_the_root_is_chosen_if_it_is_real(table: str) -> None:
    roots = [line.split(" ") for line in table.splitlines() if line.split(" ")[4] == "/"]
    real = bool(roots) and roots[-1][-3].encode() not in NEVER
    assert not real or probe.disks(table.encode())[0][2] == b"/"


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=TABLES)
def test_both_probes_choose_alike(table: str, recorded: Recorded) -> None:
    recorded.write("/etc/hosts", "")
    for place in ("a/b/c", "ab", "mnt/x"):
        Path(recorded.root / place).mkdir(parents=True, exist_ok=True)
    recorded.mounts(table)
    shell, python = next(kind for kind in ONE_OF_EACH if not kind.is_python), ONE_OF_EACH[-1]
    assert _told(recorded.disks(shell)) == _told(recorded.disks(python))


def _told(lines: list[str]) -> list[list[str]]:
    """The lines, without how much of the shared disk is used at this moment."""
    return [line.split(" ")[:7] for line in lines]
