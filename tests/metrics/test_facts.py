"""What is read of a server's facts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.metrics.answers import answer
from virtadmin.metrics.answer import BadSample
from virtadmin.metrics.facts import parse_facts

SERVER = {
    "/etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nID=debian',
    "/proc/version": "Linux version 6.1.0-28-amd64 (debian-kernel@lists.debian.org) (gcc-12) #1 SMP",
    "/proc/sys/kernel/hostname": "web1",
    "/sys/class/dmi/id/sys_vendor": "Dell Inc.",
    "/sys/class/dmi/id/product_name": "PowerEdge R640",
    "/proc/cpuinfo": "processor\t: 0\nmodel name\t: Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz\nsiblings\t: 32",
    "links": "link eno1 1000 up physical\nlink eno2 10000 up physical\nlink eno3 25000 down physical\n"
    "link bond0 11000 up virtual\nlink lo - unknown virtual",
    "probe": "kind python 3.11.2",
}


def facts(**parts: str) -> dict[str, Any]:
    """The facts of a server that says only these parts."""
    return parse_facts(answer("facts", parts))


def test_it_reads_a_server() -> None:
    assert facts(**SERVER) == {
        "os": "Debian GNU/Linux 12 (bookworm)",
        "kernel": "6.1.0-28-amd64",
        "cpu": "Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz",
        "cores": 32,
        "hostname": "web1",
        "machine": "Dell Inc. PowerEdge R640",
        "link_speed": 10000,
        "probe": "python 3.11.2",
    }


def test_what_is_not_said_is_empty() -> None:
    unknown = {"os": "", "kernel": "", "cpu": "", "cores": None, "hostname": "", "machine": "", "link_speed": None}
    assert facts() == {**unknown, "probe": ""}


@pytest.mark.parametrize(
    ("part", "text", "fact", "value"),
    [
        ("/etc/os-release", "NAME='It\\'s Linux'", "os", "It's Linux"),
        ("/etc/os-release", "NAME=Alpine", "os", "Alpine"),
        ("/proc/cpuinfo", "processor : 0\nBogoMIPS : 38\nHardware : BCM2835", "cpu", "BCM2835"),
        ("/proc/cpuinfo", "processor : 0\ncpu : POWER9, altivec", "cpu", "POWER9, altivec"),
        ("/sys/devices/system/cpu/online", "0-3,8,10-11", "cores", 7),
        ("/sys/devices/system/cpu/online", "garbage", "cores", None),
        ("/sys/class/dmi/id/product_name", "KVM", "machine", "KVM"),
        ("/proc/sys/kernel/hostname", "a\x1bb", "hostname", "a?b"),
        ("links", "link eth0 - up physical", "link_speed", None),
        ("links", "link eth0 4294967295 up physical", "link_speed", None),
        ("links", "link eth0 1000 unknown physical\nlink eth1", "link_speed", 1000),
    ],
)
def test_it_reads_other_systems(part: str, text: str, fact: str, value: Any) -> None:
    assert facts(**{part: text})[fact] == value


def test_a_maker_that_is_in_the_models_name_is_said_once() -> None:
    named = {"/sys/class/dmi/id/sys_vendor": "QEMU", "/sys/class/dmi/id/product_name": "QEMU Standard PC"}
    assert facts(**named)["machine"] == "QEMU Standard PC"


def test_the_answer_to_something_else_is_refused() -> None:
    with pytest.raises(BadSample, match="answered 'sample'"):
        parse_facts(answer("sample", {}))


@given(st.dictionaries(st.sampled_from([*SERVER, "/sys/devices/system/cpu/online"]), st.text(max_size=100)))
def test_any_text_gives_short_printable_facts_or_a_clear_refusal(parts: dict[str, str]) -> None:
    try:
        found = facts(**parts)
    except BadSample:
        return
    for fact, value in found.items():
        assert value is None or (value >= 0 if isinstance(value, int) else value.isprintable() and len(value) <= 300), (
            fact
        )
