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

CASES: dict[str, tuple[str, list[str]]] = {
    "a server": (SERVER, ["/", "/boot/efi", "/srv"]),
    "nothing at all": ("", []),
    "bind mounts": (
        "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:1 /srv/data /data rw - ext4 /dev/sda1 rw\n"
        "3 1 8:2 /part /part rw - xfs /dev/sdb1 rw\n4 1 8:2 / /whole rw - xfs /dev/sdb1 rw\n5 1 8:2 / /again rw - xfs /dev/sdb1 rw\n",
        ["/", "/whole"],
    ),
    "btrfs subvolumes": (
        "1 0 0:30 /@ / rw - btrfs /dev/sda1 rw,subvol=/@\n2 1 0:30 /@home /home rw - btrfs /dev/sda1 rw,subvol=/@home\n"
        "3 1 0:30 / /mnt/top rw - btrfs /dev/sda1 rw\n4 1 0:31 /@data /data rw - btrfs /dev/sdb1 rw\n",
        ["/", "/data"],
    ),
    "zfs datasets": (
        "1 0 0:30 / / rw - zfs rpool/root rw\n2 1 0:31 / /home rw - zfs rpool/home rw\n",
        ["/", "/home"],
    ),
    "a docker host": (
        "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:60 / /var/lib/docker/overlay2/a/merged rw - overlay overlay rw\n"
        "3 1 0:4 net:[1] /run/docker/netns/x rw - nsfs nsfs rw\n",
        ["/"],
    ),
    "a docker container": (
        "1 0 0:60 / / rw - overlay overlay rw,lowerdir=/a:/b\n2 1 8:1 /docker/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n"
        "3 1 8:1 /volumes/data /data rw - ext4 /dev/sda1 rw\n",
        ["/", "/data"],
    ),
    "an lxc container": ("1 0 8:1 /lxc/web/rootfs / rw - ext4 /dev/sda1 rw\n2 1 0:9 / /proc/cpuinfo rw - fuse.lxcfs lxcfs rw\n", ["/"]),
    "a diskless server": ("1 0 0:20 / / rw - nfs4 boot:/root rw\n2 1 8:1 / /scratch rw - xfs /dev/sda1 rw\n", ["/scratch"]),
    "an old kernel's rootfs": ("1 1 0:1 / / rw - rootfs rootfs rw\n2 1 8:1 / / rw - ext4 /dev/sda1 rw\n", ["/"]),
    "a disk below a network's": (
        "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:50 / /net rw - nfs nas:/ rw\n3 2 8:2 / /net/disk rw - ext4 /dev/sdb1 rw\n"
        "4 1 8:3 / /network rw - ext4 /dev/sdc1 rw\n",
        ["/", "/network"],
    ),
    "a network's over a disk": (
        "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /data rw - ext4 /dev/sdb1 rw\n3 2 0:50 / /data rw - nfs nas:/ rw\n",
        ["/"],
    ),
    "an automount": (
        "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:40 / /efi rw - autofs systemd-1 rw\n3 2 8:2 / /efi rw - vfat /dev/sda2 rw\n"
        "4 1 0:41 / /idle rw - autofs systemd-1 rw\n",
        ["/", "/efi"],
    ),
    "a cluster's disk": ("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /shared rw - ocfs2 /dev/sdb rw\n", ["/"]),
    "flash": ("1 0 0:15 / / rw - overlay overlayfs:/overlay rw\n2 1 31:6 / /overlay rw - jffs2 /dev/mtdblock6 rw\n3 1 0:16 / /ubi rw - ubifs ubi0 rw\n", ["/", "/overlay", "/ubi"]),
}


@pytest.mark.parametrize("case", CASES)
def test_it_finds_the_disks_of(case: str, kind: Kind, recorded: Recorded) -> None:
    table, expected = CASES[case]
    recorded.write("/etc/hosts", "a single file")
    recorded.mounts(table.lstrip("\n"))
    assert places(recorded.disks(kind)) == expected


def test_it_says_what_is_read_only(kind: Kind, recorded: Recorded) -> None:
    recorded.mounts(
        "1 0 8:1 / / rw,noatime - ext4 /dev/sda1 ro,errors=remount-ro\n2 1 8:2 / /a ro,noatime - ext4 /dev/sdb1 rw\n"
        "3 1 8:3 / /b rw - ext4 /dev/sdc1 rw,ro_is_no_option\n"
    )
    assert [line.split(" ")[5] for line in recorded.disks(kind)] == ["ro,noatime", "ro,noatime", "rw"]


def test_odd_names_stay_one_field_and_are_measured(kind: Kind, recorded: Recorded) -> None:
    names = {r"/srv/my\040data": "/srv/my data", r"/srv/a\134b\011c": "/srv/a\\b\tc", "/srv/50%": "/srv/50%", "/srv/-f": "/srv/-f"}
    table = "".join(f"{n} 1 8:{n} / {name} rw - ext4 /dev/mapper/a\\040b rw\n" for n, name in enumerate(names))
    recorded.mounts(table)
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
    recorded.mounts("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /gone rw - ext4 /dev/sdb1 rw\n3 1 8:3 / /a rw - ext4 /dev/sdc1 rw\n", "/a")
    by_place = {line.split(" ")[4]: line.split(" ")[6:] for line in recorded.disks(kind)}
    assert by_place["/gone"] == ["-"] * 6
    assert by_place["/a"] == ["65536", "0", "65536", "1000", "1", "999"]
    assert int(by_place["/"][0]) > 65536


def test_a_disk_without_a_source_has_a_dash(kind: Kind, recorded: Recorded) -> None:
    recorded.mounts("1 0 0:44 / / rw - overlay  ro,lowerdir=/x\n")
    (line,) = recorded.disks(kind)
    assert line.split(" ")[1:6] == ["0:44", "overlay", "-", "/", "ro"]


def test_two_hundred_mounts_and_a_hundred_cores(kind: Kind, recorded: Recorded) -> None:
    stat = "".join(f"cpu{n} 1{n} 0 5235 242857 635 0 266 807 0 0\n" for n in range(100)) + "intr " + "12 " * 9000 + "\nbtime 1795357608\n"
    recorded.write("/proc/stat", stat)
    table = "".join(f"{n} 1 0:{n} / /var/lib/docker/overlay2/{n:064x}/merged rw - overlay overlay rw\n" for n in range(1, 100))
    table += "".join(f"{n} 1 8:{n} / /data/{n} rw - ext4 /dev/sd{n} rw\n" for n in range(100, 200))
    recorded.mounts(table)
    found = recorded.sample(kind)
    assert found["/proc/stat"].decode() == stat.rstrip("\n")
    assert places(found["mounts"].decode().splitlines()) == [f"/data/{n}" for n in range(100, 200)]


def test_it_sees_a_disk_that_came_later(kind: Kind, recorded: Recorded) -> None:
    table = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
    recorded.mounts(table)
    with recorded.start(kind) as probe:
        assert probe.stdin
        assert probe.stdout
        seen = []
        for more in ("", "2 1 8:2 / /new rw - ext4 /dev/sdb1 rw\n", ""):
            recorded.write("/proc/self/mountinfo", table + more)
            probe.stdin.write(b"sample\n")
            probe.stdin.flush()
            lines = iter(probe.stdout.readline, END)
            seen.append(places([line.decode() for line in lines if line.startswith(b"mount ")]))
        probe.stdin.close()
    assert seen == [["/"], ["/", "/new"], ["/"]]


def test_missing_files_are_absent(kind: Kind, recorded: Recorded) -> None:
    assert set(recorded.sample(kind)) - {"clock"} == {"/proc/loadavg"}
