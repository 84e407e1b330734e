"""Which file systems count as a server's disks: the mount tables of many kinds of systems, by either probe."""

import os

import pytest

from tests.probe.recorded import Recorded, places
from tests.probe.running import END, ONE_OF_EACH, Kind

pytestmark = pytest.mark.parametrize("kind", ONE_OF_EACH, ids=lambda kind: kind.name)

SERVER = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
23 27 0:22 / /sys rw,relatime - sysfs sysfs rw
24 27 0:6 / /dev rw - devtmpfs udev rw,size=12334492k
27 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
28 27 0:25 / /run rw,nosuid shared:5 - tmpfs tmpfs rw,mode=755
31 27 8:15 / /boot/efi rw,relatime shared:9 master:2 - vfat /dev/sda15 rw,fmask=0022
32 27 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro
33 27 11:0 / /media/cd ro - iso9660 /dev/sr0 ro
34 27 8:17 / /srv ro,relatime - xfs /dev/sdb1 rw
35 27 0:50 / /mnt/nas rw - nfs4 nas:/export rw,hard
36 27 0:51 / /mnt/ssh rw - fuse.sshfs me@there: rw
37 27 8:33 / /mnt/windows rw - fuseblk /dev/sdc1 rw
38 27 0:52 / /run/user/0 rw - tmpfs tmpfs rw
"""


def table(*mounts: str) -> str:
    """A mountinfo of mounts given as "DEVICE ROOT PLACE TYPE"."""
    rows = (mount.split(" ") for mount in mounts)
    return "".join(
        f"{number} 1 {device} {root} {place} rw,relatime shared:{number} - {kind} source{number} rw,seclabel\n"
        for number, (device, root, place, kind) in enumerate(rows, 20)
    )


CASES: dict[str, tuple[str, list[str]]] = {
    "a server": (SERVER, ["/", "/boot/efi", "/srv"]),
    "nothing at all": ("", []),
    "bind mounts": (
        table(
            "8:1 / / ext4", "8:1 /srv/data /data ext4", "8:2 /part /part xfs", "8:2 / /whole xfs", "8:2 / /again xfs"
        ),
        ["/", "/whole"],
    ),
    "btrfs subvolumes": (
        table("0:30 /@ / btrfs", "0:30 /@home /home btrfs", "0:30 / /mnt/top btrfs", "0:31 /@data /data btrfs"),
        ["/", "/data"],
    ),
    "zfs datasets": (table("0:30 / / zfs", "0:31 / /home zfs"), ["/", "/home"]),
    "a docker host": (
        table("8:1 / / ext4", "0:60 / /var/lib/docker/overlay2/a/merged overlay", "0:4 net:[1] /run/netns/x nsfs"),
        ["/"],
    ),
    "a docker container": (
        table("0:60 / / overlay", "8:1 /docker/hosts /etc/hosts ext4", "8:1 /volumes/data /data ext4"),
        ["/", "/data"],
    ),
    "an lxc container": (table("8:1 /lxc/web/rootfs / ext4", "0:9 / /proc/cpuinfo fuse.lxcfs"), ["/"]),
    "a diskless server": (table("0:20 / / nfs4", "8:1 / /scratch xfs"), ["/scratch"]),
    "an old kernel's rootfs": (table("0:1 / / rootfs", "8:1 / / ext4"), ["/"]),
    "a disk below a network's": (
        table("8:1 / / ext4", "0:50 / /net nfs", "8:2 / /net/disk ext4", "8:3 / /network ext4"),
        ["/", "/network"],
    ),
    "a network's over a disk": (table("8:1 / / ext4", "8:2 / /data ext4", "0:50 / /data nfs"), ["/"]),
    "an automount": (
        table("8:1 / / ext4", "0:40 / /efi autofs", "8:2 / /efi vfat", "0:41 / /idle autofs"),
        ["/", "/efi"],
    ),
    "a cluster's disk": (table("8:1 / / ext4", "8:2 / /shared ocfs2"), ["/"]),
    "flash": (table("0:15 / / overlay", "31:6 / /overlay jffs2", "0:16 / /ubi ubifs"), ["/", "/overlay", "/ubi"]),
}


@pytest.mark.parametrize("case", CASES)
def test_it_finds_the_disks_of(case: str, kind: Kind, recorded: Recorded) -> None:
    mounts, expected = CASES[case]
    recorded.write("/etc/hosts", "a single file")
    recorded.mounts(mounts.lstrip("\n"))
    assert places(recorded.disks(kind)) == expected


def test_it_says_what_is_read_only(kind: Kind, recorded: Recorded) -> None:
    recorded.mounts(
        "1 0 8:1 / / rw,noatime - ext4 /dev/sda1 ro,errors=remount-ro\n2 1 8:2 / /a ro,noatime - ext4 /dev/sdb1 rw\n"
        "3 1 8:3 / /b rw - ext4 /dev/sdc1 rw,ro_is_no_option\n"
    )
    assert [line.split(" ")[5] for line in recorded.disks(kind)] == ["ro,noatime", "ro,noatime", "rw"]


def test_odd_names_stay_one_field_and_are_measured(kind: Kind, recorded: Recorded) -> None:
    names = {
        r"/srv/my\040data": "/srv/my data",
        r"/srv/a\134b\011c": "/srv/a\\b\tc",
        "/srv/50%": "/srv/50%",
        "/srv/-f": "/srv/-f",
    }
    recorded.mounts("".join(f"{n} 1 8:{n} / {name} rw - ext4 /dev/mapper/a\\040b rw\n" for n, name in enumerate(names)))
    for name in names.values():
        (recorded.root / name.lstrip("/")).mkdir(parents=True)
    lines = recorded.disks(kind)
    assert places(lines) == list(names)
    here = os.statvfs(recorded.root)
    for line in lines:
        fields = line.split(" ")
        assert len(fields) == 12
        assert fields[3] == r"/dev/mapper/a\040b"
        assert int(fields[6]) == here.f_blocks * here.f_frsize // 1024


def test_it_measures_each_disk_by_itself(kind: Kind, recorded: Recorded) -> None:
    recorded.mounts(table("8:1 / / ext4", "8:2 / /gone ext4", "8:3 / /a ext4"), "/a")
    by_place = {line.split(" ")[4]: line.split(" ")[6:] for line in recorded.disks(kind)}
    assert by_place["/gone"] == ["-"] * 6
    assert by_place["/a"] == ["65536", "0", "65536", "1000", "1", "999"]
    assert int(by_place["/"][0]) > 65536


def test_a_disk_without_a_source_has_a_dash(kind: Kind, recorded: Recorded) -> None:
    recorded.mounts("1 0 0:44 / / rw - overlay  ro,lowerdir=/x\n")
    (line,) = recorded.disks(kind)
    assert line.split(" ")[1:6] == ["0:44", "overlay", "-", "/", "ro"]


def test_two_hundred_mounts_and_a_hundred_cores(kind: Kind, recorded: Recorded) -> None:
    cores = "".join(f"cpu{n} 1{n} 0 5235 242857 635 0 266 807 0 0\n" for n in range(100))
    stat = f"{cores}intr {'12 ' * 9000}\nbtime 1795357608\n"
    recorded.write("/proc/stat", stat)
    overlays = (f"0:{n} / /var/lib/docker/overlay2/{n:064x}/merged overlay" for n in range(1, 100))
    recorded.mounts(table(*overlays, *(f"8:{n} / /data/{n} ext4" for n in range(100, 200))))
    found = recorded.sample(kind)
    assert found["/proc/stat"].decode() == stat.rstrip("\n")
    assert places(found["mounts"].decode().splitlines()) == [f"/data/{n}" for n in range(100, 200)]


def test_it_sees_a_disk_that_came_later(kind: Kind, recorded: Recorded) -> None:
    recorded.mounts("")
    with recorded.start(kind) as probe:
        assert probe.stdin
        assert probe.stdout
        seen = []
        for mounts in (["8:1 / / ext4"], ["8:1 / / ext4", "8:2 / /new ext4"], ["8:1 / / ext4"]):
            recorded.write("/proc/self/mountinfo", table(*mounts))
            probe.stdin.write(b"sample\n")
            probe.stdin.flush()
            lines = iter(probe.stdout.readline, END)
            seen.append(places([line.decode() for line in lines if line.startswith(b"mount ")]))
        probe.stdin.close()
    assert seen == [["/"], ["/", "/new"], ["/"]]


def test_missing_files_are_absent(kind: Kind, recorded: Recorded) -> None:
    assert set(recorded.sample(kind)) - {"clock"} == {"/proc/loadavg"}
