"""Samples under node_exporter's names."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.metrics.answers import RECORDED, answer, big, recorded
from tests.metrics.expositions import complaints, needs_promtool, of, read
from tests.running.hub import free_port, until
from virtadmin.metrics.catalogue import CATALOGUE
from virtadmin.metrics.exposition.families import FAMILIES, family
from virtadmin.metrics.exposition.instances import instances
from virtadmin.metrics.exposition.node import facts_say, sample_say
from virtadmin.metrics.exposition.text import CHUNK, Page, Voice
from virtadmin.metrics.sample import Sample, parse

PROBE = Path(__file__).resolve().parents[2] / "probe" / "probe.py"
AT = 1_800_000_000.1234
FACTS = {"kernel": "6.1.0-18-amd64", "hostname": "web1", "os": 'Odd "1"\\'}
EVERYTHING = answer(
    "sample",
    {
        "/proc/stat": "cpu 300 20 30 400 5 6 7 8 9 10\ncpu0 300 20 30 400 5 6 7 8 9 10\nintr 11 0\nctxt 12\n"
        "btime 1799990000\nprocesses 13\nprocs_running 2\nprocs_blocked 1\n",
        "/proc/meminfo": "MemTotal: 1000 kB\nActive(anon): 10 kB\nHugePages_Total: 3\nHugepagesize: 2048 kB\n",
        "/proc/loadavg": "0.5 0.25 0.1 1/2 3\n",
        "/proc/uptime": "9999.5 1.0\n",
        "/proc/net/dev": "eth0: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n",
        "/proc/diskstats": "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n",
        "/proc/pressure/cpu": "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n"
        "full avg10=0.00 avg60=0.00 avg300=0.00 total=9\n",
        "/proc/pressure/memory": "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"
        "full avg10=0.00 avg60=0.00 avg300=0.00 total=250000\n",
        "/proc/pressure/io": "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"
        "full avg10=0.00 avg60=0.00 avg300=0.00 total=1\n",
        "mounts": "mount 8:1 ext4 /dev/sda1 /srv/my\\040data ro,relatime 1000 600 300 50 20 30\n"
        "mount 8:2 vfat /dev/sda2 /boot rw 100 40 60 - - -\nmount 8:3 xfs /dev/sda3 /secret rw - - - - - -\n",
        "clock": "1799999999.250\n",
    },
)


def written(sample: Sample, instance: str = "web1", disabled: tuple[str, ...] = ()) -> bytes:
    page = Page()
    voice = Voice(page, instance, AT)
    facts_say(FACTS, voice)
    sample_say(sample, voice, disabled)
    return b"".join(page.parts())


@needs_promtool
@pytest.mark.parametrize("name", RECORDED)
def test_promtool_has_nothing_against_a_recorded_sample(name: str) -> None:
    page = written(parse(recorded(name)))
    assert read(page)
    assert complaints(page) == []


@needs_promtool
def test_promtool_has_nothing_against_what_this_machine_says_now() -> None:
    page = written(live())
    assert complaints(page) == []
    series = read(page)
    assert len(of(series, "node_cpu_seconds_total", mode="idle")) >= 1
    assert len(of(series, "node_memory_MemTotal_bytes")) == 1


@needs_promtool
def test_promtool_would_complain() -> None:
    assert complaints(b"# TYPE a counter\na 1\n# TYPE a counter\na 2\n")
    assert complaints(b"# HELP a_total What.\n# TYPE a_total gauge\na_total 1\n")


@pytest.mark.skipif(shutil.which("prometheus-node-exporter") is None, reason="Debian's node exporter is not installed")
def test_names_types_and_labels_are_those_of_node_exporter() -> None:
    theirs = ask_node_exporter()
    page = written(live()).decode()
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", theirs, re.MULTILINE))
    ours = {name: one.type for name, one in FAMILIES.items() if name.startswith("node_")}
    assert {name: types.get(name) for name in ours} == ours
    memory = set(re.findall(r"^# TYPE (node_memory_\S+ gauge)$", page, re.MULTILINE))
    assert memory == set(re.findall(r"^# TYPE (node_memory_\S+ gauge)$", theirs, re.MULTILINE))
    for name in set(re.findall(r"^(node_\w+)\{", page, re.MULTILINE)) - {"node_uname_info", "node_os_info"}:
        assert labels(page, name) - {"instance"} == labels(theirs, name), name


def test_every_family_is_told_with_the_right_unit() -> None:
    series = read(written(parse(EVERYTHING)))
    values = {name: of(series, name) for name, _ in series if name.startswith("node_") and len(of(series, name)) == 1}
    assert {at for _, at in series.values()} == {1_800_000_000_123}
    assert of(series, "node_cpu_seconds_total", cpu="0") == [3.0, 0.2, 0.3, 4.0, 0.05, 0.06, 0.07, 0.08]
    assert of(series, "node_cpu_seconds_total", mode="iowait") == [0.05]
    assert of(series, "node_cpu_guest_seconds_total", mode="user") == [0.09]
    srv = {"device": "/dev/sda1", "fstype": "ext4", "mountpoint": "/srv/my data"}
    filesystem = {name: of(series, name, **srv) for name in FAMILIES if name.startswith("node_filesystem_")}
    assert filesystem == {
        "node_filesystem_size_bytes": [1000 * 1024],
        "node_filesystem_free_bytes": [400 * 1024],
        "node_filesystem_avail_bytes": [300 * 1024],
        "node_filesystem_files": [50],
        "node_filesystem_files_free": [30],
        "node_filesystem_readonly": [1],
        "node_filesystem_device_error": [0],
    }
    assert of(series, "node_filesystem_device_error", mountpoint="/secret") == [1]
    assert of(series, "node_filesystem_size_bytes", mountpoint="/secret") == []
    assert of(series, "node_filesystem_files", mountpoint="/boot") == []
    expected = {
        "node_boot_time_seconds": 1799990000, "node_time_seconds": 1799999999.25, "node_intr_total": 11,
        "node_context_switches_total": 12, "node_forks_total": 13, "node_procs_running": 2, "node_procs_blocked": 1,
        "node_load1": 0.5, "node_load5": 0.25, "node_load15": 0.1,
        "node_pressure_cpu_waiting_seconds_total": 1.5, "node_pressure_memory_waiting_seconds_total": 1e-06,
        "node_pressure_memory_stalled_seconds_total": 0.25, "node_pressure_io_waiting_seconds_total": 1e-06,
        "node_pressure_io_stalled_seconds_total": 1e-06,
        "node_memory_MemTotal_bytes": 1024000, "node_memory_Active_anon_bytes": 10240,
        "node_memory_HugePages_Total": 3, "node_memory_Hugepagesize_bytes": 2 * 1024 * 1024,
        "node_network_receive_bytes_total": 1, "node_network_receive_packets_total": 2,
        "node_network_receive_errs_total": 3, "node_network_receive_drop_total": 4,
        "node_network_transmit_bytes_total": 5, "node_network_transmit_packets_total": 6,
        "node_network_transmit_errs_total": 7, "node_network_transmit_drop_total": 8,
        "node_disk_reads_completed_total": 1, "node_disk_reads_merged_total": 2, "node_disk_read_bytes_total": 1536,
        "node_disk_read_time_seconds_total": 0.004, "node_disk_writes_completed_total": 5,
        "node_disk_writes_merged_total": 6, "node_disk_written_bytes_total": 3584,
        "node_disk_write_time_seconds_total": 0.008, "node_disk_io_now": 9, "node_disk_io_time_seconds_total": 0.01,
        "node_disk_io_time_weighted_seconds_total": 0.011, "node_uname_info": 1, "node_os_info": 1,
    }  # fmt: skip
    assert {name: value for name, [value] in values.items() if name in expected} == expected
    assert {name for name, _ in series if not name.startswith("node_memory")} == {
        name for name in FAMILIES if name.startswith("node_")
    }


def test_facts_are_labels() -> None:
    series = read(written(Sample()))
    assert of(series, "node_uname_info", sysname="Linux", release="6.1.0-18-amd64", nodename="web1") == [1]
    assert of(series, "node_os_info", pretty_name='Odd "1"\\') == [1]
    page = Page()
    facts_say({}, Voice(page, "web1"))
    assert b"".join(page.parts()) == b""


def test_the_clock_of_a_probe_that_does_not_tell_it_is_boot_plus_uptime() -> None:
    sample = parse(answer("sample", {"/proc/uptime": "100.5 1.0", "/proc/stat": "btime 1800000000"}))
    assert of(read(written(sample)), "node_time_seconds") == [1_800_000_100.5]
    assert of(read(written(Sample(uptime=100.5))), "node_time_seconds") == []


def test_what_is_switched_off_for_a_server_is_left_out() -> None:
    everything = {name for name, _ in read(written(parse(EVERYTHING)))}
    network = tuple(metric.name for metric in CATALOGUE if metric.subject == "network" and metric.headline)
    left = {name for name, _ in read(written(parse(EVERYTHING), disabled=("cpu_usage", *network)))}
    assert everything - left == {name for name in everything if name.startswith(("node_cpu_", "node_network_"))}
    assert {name for name, _ in read(written(parse(EVERYTHING), disabled=network[:1]))} == everything


def test_a_host_that_names_two_things_alike_spoils_nothing() -> None:
    mount = "mount 8:1 ext4 /dev/sda1 /srv rw 1000 600 300 50 20 30\n"
    parts = {
        "/proc/meminfo": "Active(anon): 1 kB\nActive_anon: 2 kB\n",
        "mounts": mount * 2,
        "/proc/stat": "cpux 1 2 3 4",
    }
    series = read(written(parse(answer("sample", parts))))
    assert of(series, "node_memory_Active_anon_bytes") == [2048]
    assert of(series, "node_filesystem_size_bytes") == [1024000]
    assert of(series, "node_cpu_seconds_total") == []


def test_a_big_machine_comes_in_pieces() -> None:
    page = Page()
    sample_say(parse(big(100.0, 7)), Voice(page, "big"))
    parts = list(page.parts())
    assert len(parts) > 2
    assert max(map(len, parts)) < CHUNK + 1000
    assert len(of(read(b"".join(parts)), "node_filesystem_size_bytes", instance="big")) == 200


@settings(max_examples=50)
@given(name=st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_name_survives_as_a_label(name: str) -> None:
    series = read(written(Sample(load=[1.0, 2.0, 3.0]), instance=name))
    assert of(series, "node_load1", instance=name) == [1.0]


@given(st.dictionaries(st.integers(1, 9), st.tuples(st.sampled_from(["a", "a (b)", "a (#1)", "c"]), st.just("b"))))
def test_instances_are_unique_and_plain_where_names_are(servers: dict[int, tuple[str, str]]) -> None:
    called = instances(servers)
    assert called.keys() == servers.keys()
    assert len(set(called.values())) == len(called)
    names = [name for name, _ in servers.values()]
    assert all(called[pk] == name for pk, (name, _) in servers.items() if names.count(name) == 1 and name == "c")


def test_two_servers_of_one_name_are_told_apart_by_address_then_number() -> None:
    servers = {1: ("web", "192.0.2.1:22"), 2: ("web", "192.0.2.2:22"), 3: ("db", "x:22"), 4: ("db", "x:22")}
    assert instances(servers) == {
        1: "web (192.0.2.1:22)", 2: "web (192.0.2.2:22)", 3: "db (x:22) (#3)", 4: "db (x:22) (#4)"
    }  # fmt: skip


def test_unknown_families_are_an_error() -> None:
    with pytest.raises(KeyError):
        family("node_mood")


def live() -> Sample:
    """What the probe says of this machine."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", PROBE, "hub"], input=b"sample\n", capture_output=True, check=True, timeout=20
    )
    return parse(done.stdout)


def ask_node_exporter() -> str:
    """The page of a real one on this machine."""
    address = f"127.0.0.1:{free_port()}"
    exporter = subprocess.Popen(
        ["prometheus-node-exporter", f"--web.listen-address={address}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        return str(until(lambda: urlopen(f"http://{address}/metrics", timeout=10).read().decode(), 30, "node_exporter"))
    finally:
        exporter.terminate()
        exporter.wait(10)


def labels(page: str, name: str) -> set[str]:
    """The names of the labels the family has."""
    return {
        key for text in re.findall(rf"^{name}\{{(.*?)\}} ", page, re.MULTILINE) for key in re.findall(r'(\w+)="', text)
    }
