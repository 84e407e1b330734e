"""What is derived of two samples."""

from dataclasses import replace
from typing import Any

import pytest

from tests.metrics.answers import big, recorded
from virtadmin.metrics.catalogue import CATALOGUE
from virtadmin.metrics.derive import LONGEST, SHORTEST, derive
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.sample import Sample, parse

NOW = 1_800_000_000.0
RATES = {"cpu_usage", "network_usage_in", "network_usage_out", "disk_read", "disk_write"}


def observe(before: Sample | None, after: Sample, link_speed: int | None = None, **options: Any) -> Observation:
    """Derive them at NOW."""
    return derive(before, after, now=NOW, link_speed=link_speed, **options)


def pair(seconds: float = 10.0, **parts: tuple[Any, Any]) -> tuple[Sample, Sample]:
    """Two samples of one boot, that many seconds apart, with these parts (before, after)."""
    before, after = ({name: both[side] for name, both in parts.items()} for side in (0, 1))
    return Sample("boot", 100.0, **before), Sample("boot", 100.0 + seconds, **after)


def counters(received: int, sent: int) -> list[int]:
    """An interface's counters."""
    return [received, 0, 0, 0, sent, 0, 0, 0]


def disk(read: int, written: int, busy: int = 0) -> list[int]:
    """A disk's counters: sectors read and written, ms busy."""
    return [0, 0, read, 0, 0, 0, written, 0, 0, busy, 0]


@pytest.mark.parametrize("name", ["python", "sh"])
def test_real_samples_give_every_metric_there_is_a_source_for(name: str) -> None:
    seen = observe(parse(recorded(name)), parse(recorded(f"{name}_later")), 1000)
    assert set(seen.values) == set(CATALOGUE.names()) - {"swap_usage"}  # the machine has no swap
    assert seen.time == NOW
    assert set(seen.as_json()) == {"time", "values", "details"}
    assert set(seen.details) == {
        "cpu", "cores", "memory", "mounts", "hdd_mount", "inodes_mount", "interfaces", "devices", "pressure",
        "processes",
    }  # fmt: skip


def test_a_first_sample_gives_everything_but_rates() -> None:
    seen = observe(None, parse(recorded("old_kernel")))
    assert not RATES & set(seen.values)
    assert seen.values == {
        "ram_usage": 40.0,  # 1000000 less free 300000, buffers 50000, cached 250000 less shmem 20000, slab 20000
        "ram_total": 977.0,
        "swap_usage": 25.0,
        "hdd_usage": 63.16,  # 6000000 of 6000000 + 3500000: what is kept for root is not free
        "hdd_total": 9.54,
        "inodes_usage": 10.0,
        "load1": 0.5,
        "load5": 0.4,
        "load15": 0.3,
        "uptime": 95,
    }
    assert (seen.details["hdd_mount"], seen.details["inodes_mount"]) == ("/", "/")
    assert seen.details["processes"] == {"running": 2, "blocked": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"boot_id": "another boot"},
        {"uptime": 99.0},
        {"uptime": 100.0 + SHORTEST / 2},
        {"uptime": 101.0 + LONGEST},
        {"uptime": None},
    ],
)
def test_no_rates_across_a_boot_or_an_unfit_time(change: dict[str, Any]) -> None:
    before, after = pair(
        ticks=({"cpu": [1, 1, 1, 1]}, {"cpu": [9, 9, 9, 9]}), interfaces=({"eth0": counters(0, 0)},) * 2
    )
    assert observe(before, after).values["cpu_usage"] == 75.0
    assert not RATES & set(observe(before, replace(after, **change)).values)


def test_waiting_for_a_disk_is_idle_and_guests_are_not_counted_twice() -> None:
    ticks = {"cpu": [10, 5, 5, 50, 20, 2, 3, 5, 10, 5]}
    seen = observe(*pair(ticks=({"cpu": [0] * 10}, ticks)))
    assert seen.values["cpu_usage"] == 30.0
    assert seen.details["cpu"] == {
        "user": 10.0, "nice": 5.0, "system": 5.0, "iowait": 20.0, "irq": 2.0, "softirq": 3.0, "steal": 5.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "usage"),
    [
        ([100, 0, 0, 100], [150, 0, 0, 150], 50.0),
        ([100, 0, 0, 100, 50], [150, 0, 0, 150, 40], 50.0),  # iowait may decrease
        ([1000, 0, 0, 1000, 0], [100, 0, 0, 2000, 0], None),  # anything else began anew
        ([100, 0, 0, 100], [100, 0, 0, 100], None),  # a clock that stands still
        ([100, 0, 0, 100], [150, 0, 0, 150, 0], None),  # another kernel
    ],
)
def test_cpu_usage_when_ticks_behave_oddly(before: list[int], after: list[int], usage: float | None) -> None:
    assert observe(*pair(ticks=({"cpu": before}, {"cpu": after}))).values.get("cpu_usage") == usage


def test_a_core_that_came_or_went_is_left_out_of_the_cores() -> None:
    seen = observe(*pair(ticks=({"cpu": [0] * 4, "cpu0": [0] * 4}, {"cpu": [1] * 4, "cpu0": [1] * 4, "cpu1": [1] * 4})))
    assert seen.details["cores"] == {"cpu0": 75.0}


def test_a_hundred_cores_and_two_hundred_mounts() -> None:
    seen = observe(parse(big(10.0, 1000)), parse(big(20.0, 1500)))
    assert len(seen.details["cores"]) == 100
    assert (seen.values["hdd_usage"], seen.details["hdd_mount"]) == (99.5, "/srv/disk 199")
    assert [mount["mount"] for mount in seen.details["mounts"]][:2] == ["/srv/disk 199", "/srv/disk 198"]
    assert (seen.values["inodes_usage"], seen.values["ram_usage"]) == (19.9, 50.0)


def test_network_rates_are_megabits_and_percent_of_the_link() -> None:
    pair_of = {"eth0": counters(0, 0)}, {"eth0": counters(12_500_000, 1_250_000)}
    seen = observe(*pair(interfaces=pair_of), link_speed=100)
    assert {name: value for name, value in seen.values.items() if name != "uptime"} == {
        "network_usage_in": 10.0, "network_in_percent": 10.0, "network_usage_out": 1.0, "network_out_percent": 1.0,
    }  # fmt: skip
    assert observe(*pair(interfaces=pair_of), link_speed=5).values["network_in_percent"] == 100.0
    assert "network_in_percent" not in observe(*pair(interfaces=pair_of)).values


@pytest.mark.parametrize(
    ("names", "counted"),
    [
        (["lo", "eth0", "ens3", "wlan0", "enp1s0f0np0"], ["eth0", "ens3", "wlan0", "enp1s0f0np0"]),
        (["eth0", "eth1", "bond0", "bond0.7", "eth0.100", "vlan5", "team0"], ["eth0", "eth1"]),
        (["lo", "eth0", "docker0", "br-1f2e3d", "br0", "virbr0", "vmbr0", "veth12ab", "tap0", "tun0", "wg0"], ["eth0"]),
        (["lo", "venet0"], ["venet0"]),
        (["lo", "br0", "wg0"], ["br0", "wg0"]),
        (["lo"], []),
    ],
)
def test_what_passes_the_edge_is_counted_once(names: list[str], counted: list[str]) -> None:
    interfaces = {name: counters(0, 0) for name in names}, {name: counters(1000, 1000) for name in names}
    rows = observe(*pair(interfaces=interfaces)).details["interfaces"]
    assert sorted(row["name"] for row in rows if row["counted"]) == sorted(counted)
    assert {row["name"] for row in rows} == set(names)


def test_interfaces_of_software_that_were_never_used_are_not_listed() -> None:
    idle = {"eth0": counters(0, 0), "ifb0": counters(0, 0), "wg0": counters(5, 5)}
    seen = observe(*pair(interfaces=(idle, idle)))
    assert [row["name"] for row in seen.details["interfaces"]] == ["eth0", "wg0"]
    assert seen.values["network_usage_in"] == 0.0


def test_wrapped_counters_give_a_gap_and_no_spike() -> None:
    seen = observe(parse(recorded("wrap")), parse(recorded("wrap_later")), 1000)
    assert not {"network_usage_in", "network_in_percent", "disk_read", "disk_write"} & set(seen.values)
    rates = {row["name"]: row["in"] for row in seen.details["interfaces"]}
    assert rates == {"eth1": 1.0, "eth0": None}
    assert {row["name"]: row["read"] for row in seen.details["devices"]} == {"sdb": 64.0, "sda": None}


def test_what_is_new_has_no_rate_yet_and_spoils_no_total() -> None:
    interfaces = {"eth0": counters(0, 0)}, {"eth0": counters(1_250_000, 0), "eth1": counters(10**12, 0)}
    seen = observe(
        *pair(interfaces=interfaces, devices=({"sda": disk(0, 0)}, {"sda": disk(20000, 0), "sdb": disk(10**9, 9)}))
    )
    assert (seen.values["network_usage_in"], seen.values["disk_read"]) == (1.0, 1.024)
    assert "disk_read" not in observe(*pair(devices=({}, {"sdb": disk(5, 5)}))).values


def test_disk_rates_are_megabytes_over_whole_disks() -> None:
    before = {"sda": disk(0, 0), "nvme0n1": disk(0, 0), "md0": disk(0, 0), "dm-0": disk(0, 0)}
    after = {"sda": disk(20000, 40000, 5000), "nvme0n1": disk(20000, 0), "md0": disk(40000, 0), "dm-0": disk(40000, 0)}
    seen = observe(*pair(devices=(before, after)))
    assert (seen.values["disk_read"], seen.values["disk_write"]) == (2.048, 2.048)
    assert [(row["name"], row["counted"]) for row in seen.details["devices"]][-2:] == [("md0", False), ("dm-0", False)]
    assert seen.details["devices"][0]["busy"] == 50.0


def mount(place: str, used: int, available: int, read_only: bool = False, inodes: int | None = 100) -> dict[str, Any]:
    """A mount of a sample."""
    return {
        "mount": place, "device": "/dev/x", "type": "ext4", "read_only": read_only, "total": used + available,
        "used": used, "available": available, "inodes": inodes, "inodes_used": None if inodes is None else used,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("mounts", "worst", "usage"),
    [
        ([mount("/", 50, 50), mount("/var", 90, 10)], "/var", 90.0),
        ([mount("/", 50, 50), mount("/usr", 100, 0, read_only=True)], "/", 50.0),
        ([mount("/", 99, 1, read_only=True)], "/", 99.0),
        ([mount("/", 50, 50), mount("/empty", 0, 0)], "/", 50.0),
        ([mount("/", 50, 50), mount("/private", 0, 0) | {"total": None, "used": None, "available": None}], "/", 50.0),
        ([], None, None),
    ],
)
def test_the_worst_mount_is_the_fullest_writable_one(mounts: Any, worst: str | None, usage: float | None) -> None:
    seen = observe(None, Sample("boot", 1.0, mounts=mounts))
    assert (seen.details.get("hdd_mount"), seen.values.get("hdd_usage")) == (worst, usage)
    assert len(seen.details.get("mounts", [])) == len(mounts)


def test_a_file_system_without_a_number_of_inodes_has_no_inodes_usage() -> None:
    mounts: Any = [mount("/", 50, 50, inodes=None), mount("/boot", 7, 3)]
    seen = observe(None, Sample("boot", 1.0, mounts=mounts))
    assert (seen.values["inodes_usage"], seen.details["inodes_mount"]) == (7.0, "/boot")


def test_memory_without_any_number_is_unknown() -> None:
    assert set(observe(None, Sample("boot", 1.0)).values) == {"uptime"}


def test_switched_off_metrics_are_left_out_and_their_details_with_the_last_of_a_subject() -> None:
    before, after = parse(recorded("python")), parse(recorded("python_later"))
    seen = observe(before, after, disabled=["cpu_usage", "hdd_usage", "ram_usage", "swap_usage"])
    assert not {"cpu_usage", "hdd_usage", "ram_usage", "ram_total"} & set(seen.values)
    assert not {"cpu", "cores", "memory"} & set(seen.details)
    assert {"inodes_usage", "hdd_total", "load1"} <= set(seen.values)
    assert "mounts" in seen.details
    assert observe(before, after, disabled=CATALOGUE.names()).values == {}
