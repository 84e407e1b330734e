"""What is read of an answer, and what is refused."""

from dataclasses import replace

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.metrics.answers import NET_HEAD, RECORDED, answer, big, device, interface, recorded
from virtadmin.core.errors import VirtadminError
from virtadmin.metrics.answer import LINES
from virtadmin.metrics.derive import derive
from virtadmin.metrics.sample import BadSample, Sample, Totals, parse
from virtadmin.metrics.subjects import cpu, memory, system

HEADINGS = [*(f"/proc/{name}" for name in ("stat", "meminfo", "loadavg", "uptime", "net/dev", "diskstats")), "mounts"]
WHOLE = [recorded(name) for name in RECORDED]


def made(**parts: str) -> Sample:
    """A sample of these parts, named without slashes, and an uptime."""
    names = {"stat": "/proc/stat", "meminfo": "/proc/meminfo", "net": "/proc/net/dev", "disks": "/proc/diskstats"}
    return parse(answer("sample", {"/proc/uptime": "5.00 1.00", **{names.get(k, k): v for k, v in parts.items()}}))


@pytest.mark.parametrize("name", ["python", "python_later", "sh", "sh_later"])
def test_it_reads_everything_a_real_server_says(name: str) -> None:
    sample = parse(recorded(name))
    assert len(sample.boot_id) == 36
    assert sample.uptime is not None
    assert set(sample.ticks) == {"cpu", "cpu0", "cpu1"}
    texts = sample.texts()
    counters = cpu.parse_counters(texts["/proc/stat"])
    assert counters.keys() == set(cpu.COUNTERS)
    assert sample.processes == {state: counters[f"procs_{state}"] for state in ("running", "blocked")}
    sizes = memory.parse(texts["/proc/meminfo"])
    assert (len(sample.load), sizes["MemTotal"], len(sizes)) == (3, 24684092, 54)
    assert sample.memory == {name: sizes[name] for name in memory.NEEDED}
    assert set(sample.interfaces) == {"lo", "ifb0", "ifb1", "eth0"}
    assert set(sample.devices) == {"vda"}
    pressure = {name: system.parse_pressure(texts[f"/proc/pressure/{name}"]) for name in system.RESOURCES}
    assert {name: kinds["some"][1] for name, kinds in pressure.items()} == sample.waiting
    assert [(mount["mount"], mount["read_only"]) for mount in sample.mounts] == [("/", False)]
    assert (sample.clock is not None) == name.startswith("python")


def test_both_probes_say_the_same() -> None:
    by_python, by_sh = parse(recorded("python")), parse(recorded("sh"))
    assert by_python.boot_id == by_sh.boot_id
    assert by_python.texts().keys() - by_sh.texts().keys() == {"clock"}
    assert [mount["total"] for mount in by_python.mounts] == [mount["total"] for mount in by_sh.mounts]


def test_it_reads_the_numbers_of_each_field() -> None:
    sample = parse(recorded("old_kernel"))
    assert sample.ticks["cpu"] == [105, 2, 300, 9000, 40, 1, 7, 0, 0]
    assert cpu.parse_counters(sample.texts()["/proc/stat"])["intr"] == 120000
    assert sample.interfaces["eth0"] == [123456789, 1000, 0, 0, 98765432, 900, 0, 0]
    assert sample.devices == {
        "sda": [1000, 20, 80000, 500, 2000, 30, 160000, 900, 0, 1100, 1400],
        "dm-0": [1010, 0, 78000, 510, 2030, 0, 160000, 950, 0, 1100, 1460],
    }
    assert sample.load == [0.5, 0.4, 0.3]
    assert sample.waiting == {}
    assert sample.mounts[1] == {
        "mount": "/boot", "device": "/dev/sda1", "type": "ext3", "read_only": False,
        "total": 100000, "used": 20000, "available": 75000, "inodes": 25000, "inodes_used": 50,
    }  # fmt: skip


def test_it_reads_a_container_that_lacks_files() -> None:
    sample = parse(recorded("container"))
    assert (sample.devices, sample.waiting, sample.clock) == ({}, {}, None)
    assert [mount["type"] for mount in sample.mounts] == ["overlay"]


def test_it_reads_a_hundred_cores_and_two_hundred_mounts() -> None:
    sample = parse(big(10.0, 1000))
    assert (len(sample.ticks), len(sample.mounts)) == (101, 200)
    assert sample.mounts[7]["mount"] == "/srv/disk 7"
    assert cpu.parse_counters(sample.texts()["/proc/stat"]) == {"intr": 99, "ctxt": 5}


def test_it_skips_lines_it_cannot_read() -> None:
    sample = made(
        stat="cpu  1 2 3 4\ncpu0 one two\ncpu1 1 2 3\ncpu2 -1 2 3 4\ncpu3 1 2 3 99999999999999999999\nctxt\nbtime 5",
        meminfo="MemTotal: many kB\nMemFree 12\nCached: 12 kB\n: 5\n",
        net=NET_HEAD + interface("eth0", 1, 2) + "eth1: 1 2 3\neth2: a b c d e f g h i j k l m n o p\n",
        disks=device("sda", 1, 2) + "8 0 sdb 1 2 3\n8 0 sdc x 0 0 0 0 0 0 0 0 0 0\n8 0 sdd\n",
        mounts="mount 8:1 ext4 /dev/sda1 / ro 5 2 x - - -\nmount 8:1 ext4\nhello\n"
        "mount 8:1 ext4 /dev/sda1 /a\\040b\\134\\012 ro - - - - - - later\n",
    )
    assert sample.ticks == {"cpu": [1, 2, 3, 4]}
    assert cpu.parse_counters(sample.texts()["/proc/stat"]) == {"btime": 5}
    assert sample.memory == {"Cached": 12}
    assert list(sample.interfaces) == ["eth0"]
    assert list(sample.devices) == ["sda"]
    assert [(mount["mount"], mount["read_only"], mount["total"]) for mount in sample.mounts] == [
        ("/a b\\\\012", True, None)
    ]


def test_it_reads_names_glued_to_their_numbers() -> None:
    assert made(net="eth0:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16").interfaces == {"eth0": [1, 2, 3, 4, 9, 10, 11, 12]}


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        (["sda", "sda1", "sda15", "sdb"], ["sda", "sdb"]),
        (["nvme0n1", "nvme0n1p1", "nvme10n1"], ["nvme0n1", "nvme10n1"]),
        (["mmcblk0", "mmcblk0p1", "mmcblk0boot0"], ["mmcblk0", "mmcblk0boot0"]),
        (["xvda1"], ["xvda1"]),
        (["loop0", "ram1", "zram0", "sr0", "fd0"], []),
        (["md0", "md0p1", "dm-0", "dm-1", "vdp", "vdp1"], ["md0", "dm-0", "dm-1", "vdp"]),
    ],
)
def test_it_keeps_whole_devices_alone(found: list[str], kept: list[str]) -> None:
    assert list(made(disks="".join(device(name, 1, 1) for name in found)).devices) == kept


@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        (b"", "does not begin as the probe's do but with: nothing"),
        (b"bash: python3: not found\n", "but with: bash: python3: not found"),
        (b"\x1b[31m\xff\n", "but with: ?[31m"),
        (recorded("sh")[:-5], "breaks off after 4737 bytes"),
        (recorded("sh").replace(b"probe 1 sample", b"probe 2 sample"), "speaks version '2'; this hub knows 1"),
        (b"virtadmin-probe 1\nvirtadmin-probe end\n", "answered '' to the request 'sample'"),
        (answer("top", {}), "answered 'top' to the request 'sample'"),
        (answer("error\nerror no such word", {}), "The probe says: no such word"),
        (answer("sample", {}), "none of the kernel's counters"),
        (answer("sample", {"/proc/uptime": "nan 5", "/proc/stat": "cpu"}), "none of the kernel's counters"),
    ],
)
def test_it_says_what_is_wrong_with_an_answer(damaged: bytes, reason: str) -> None:
    with pytest.raises(BadSample) as caught:
        parse(damaged)
    assert reason in caught.value.message
    assert isinstance(caught.value, VirtadminError)


def test_a_hostile_answer_is_cut_and_made_printable() -> None:
    sample = made(
        net="".join(interface(f"eth{n}", 1, 1) for n in range(2 * LINES)) + "\x00",
        mounts="mount 8:1 ext4 /dev/\x00 /\x1b[2J rw - - - - - -",
    )
    assert len(sample.interfaces) <= LINES
    assert sample.mounts[0]["mount"] == "/?[2J"
    assert sample.mounts[0]["device"] == "/dev/?"


@pytest.mark.parametrize("name", RECORDED)
def test_the_totals_alone_are_all_that_rates_come_of(name: str) -> None:
    sample = parse(recorded(name))
    totals = sample.totals()
    assert type(totals) is Totals
    later = replace(sample, uptime=(sample.uptime or 0) + 60)
    assert derive(totals, later, now=5.0, link_speed=None) == derive(sample, later, now=5.0, link_speed=None)


def read_or_refused(text: bytes) -> None:
    """Parse it; all that may come of it is a sample whose observation can be written, or BadSample."""
    try:
        sample = parse(text)
    except BadSample:
        return
    before = replace(sample, uptime=(sample.uptime or 0) - 60).totals()
    orjson.dumps(derive(before, sample, now=5.0, link_speed=None).as_json())


@given(st.binary(max_size=300))
def test_it_raises_nothing_else_on_any_bytes(text: bytes) -> None:
    read_or_refused(text)
    read_or_refused(b"virtadmin-probe 1 sample\n" + text + b"\nvirtadmin-probe end\n")


@given(st.dictionaries(st.sampled_from(HEADINGS), st.text(max_size=200)))
def test_it_raises_nothing_else_on_any_text_of_a_part(parts: dict[str, str]) -> None:
    read_or_refused(answer("sample", parts))


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(WHOLE), st.data())
def test_it_raises_nothing_else_on_damaged_samples(whole: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(whole)))
    instead = data.draw(st.binary(max_size=20) | st.sampled_from([b"9" * 30, b"-1", b"\n", b" ", b"nan", b"1e999"]))
    read_or_refused(whole[:at] + instead + whole[at + data.draw(st.integers(0, 30)) :])
