"""Whatever two samples say, what is derived of them are sane numbers."""

import math
from dataclasses import replace

import orjson
from hypothesis import given
from hypothesis import strategies as st

from tests.metrics.answers import RECORDED, big, recorded
from virtadmin.metrics.catalogue import CATALOGUE, Kind
from virtadmin.metrics.derive import derive
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.sample import Sample, parse

WHOLE = [parse(recorded(name)) for name in RECORDED] + [parse(big(10.0, 5))]
COUNTER = st.integers(0, 2**64 - 1) | st.integers(0, 1000)
TICKS = st.dictionaries(st.sampled_from(["cpu", "cpu0"]), st.lists(COUNTER, min_size=4, max_size=10))
SIZES = st.dictionaries(
    st.sampled_from(["MemTotal", "MemAvailable", "MemFree", "Cached", "Shmem", "SwapTotal", "SwapFree"]), COUNTER
)
INTERFACES = st.dictionaries(st.sampled_from(["lo", "eth0", "eth1", "br0"]), st.lists(COUNTER, min_size=8, max_size=8))
DEVICES = st.dictionaries(st.sampled_from(["sda", "sdb", "dm-0"]), st.lists(COUNTER, min_size=11, max_size=11))
MOUNTS = st.lists(
    st.builds(
        lambda place, read_only, sizes, inodes: {
            "mount": place, "device": "d", "type": "t", "read_only": read_only,
            "total": sizes[0], "used": sizes[1], "available": sizes[2], "inodes": inodes[0], "inodes_used": inodes[1],
        },
        st.text(max_size=3), st.booleans(),
        st.just((None, None, None)) | st.tuples(COUNTER, COUNTER, COUNTER),
        st.just((None, None)) | st.tuples(COUNTER, COUNTER),
    ),
    max_size=3,
)  # fmt: skip
SAMPLE = st.builds(
    Sample,
    boot_id=st.sampled_from(["", "boot"]),
    uptime=st.none() | st.floats(0, 1e9) | st.floats(0, 100),
    ticks=TICKS,
    memory=SIZES,
    interfaces=INTERFACES,
    devices=DEVICES,
    mounts=MOUNTS,
)  # fmt: skip


@given(st.none() | SAMPLE, SAMPLE, st.none() | st.integers(1, 1_000_000))
def test_numbers_stay_in_their_bounds_for_any_two_samples(before: Sample, after: Sample, speed: int | None) -> None:
    in_bounds(derive(before, after, now=1.0, link_speed=speed))


@given(st.sampled_from(WHOLE), st.sampled_from(WHOLE), st.floats(-10, 8000))
def test_numbers_stay_in_their_bounds_for_mixed_real_samples(before: Sample, after: Sample, seconds: float) -> None:
    later = replace(after, boot_id=before.boot_id, uptime=(before.uptime or 0) + seconds)
    in_bounds(derive(before, later, now=1.0, link_speed=1000))


def in_bounds(seen: Observation) -> None:
    """Percent are 0 to 100, everything else is 0 or more, nothing is infinite, and all of it is JSON."""
    for name, value in seen.values.items():
        assert math.isfinite(value)
        assert 0 <= value <= (100 if CATALOGUE[name].kind == Kind.PERCENT else math.inf), name
    assert orjson.loads(orjson.dumps(seen.as_json())) == seen.as_json()
