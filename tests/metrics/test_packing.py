"""The bytes of rolled rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.metrics.packing import HEAD, SLOTS, pack, pack_mounts, unpack, unpack_mounts, unpack_series
from virtadmin.metrics.series import (
    HISTORY,
    LARGEST,
    WEBSITE_HISTORY,
    Key,
    mount_key,
    mounts_used,
    scale,
    series_key,
    series_unit,
)
from virtadmin.metrics.summary import Summary, joined, summary, whole

KEYS: st.SearchStrategy[Key] = st.sampled_from(SLOTS) | st.integers(0, 2**32 - 1)
VALUES = st.integers(0, 10_000) | st.integers(-LARGEST, LARGEST)
SUMMARIES = st.lists(VALUES, min_size=1, max_size=20).map(summary)


@given(st.dictionaries(KEYS, SUMMARIES, max_size=20), st.integers(0, 70_000))
def test_every_row_comes_back_as_it_was(summaries: dict[Key, Summary], more: int) -> None:
    count = max([of.samples for of in summaries.values()], default=1) + more
    row = pack(count, summaries)
    assert unpack(row) == (count, summaries)
    for key in [*summaries, "cpu_usage", 5]:
        assert list(unpack_series([(7, row), (8, row)], key)) == [
            (mark, summaries[key]) for mark in (7, 8) if key in summaries
        ]


@given(st.lists(st.lists(VALUES, min_size=1, max_size=5), min_size=1, max_size=5))
def test_summaries_of_parts_join_to_that_of_the_whole(parts: list[list[int]]) -> None:
    assert joined(map(summary, parts)) == summary([value for part in parts for value in part])


def test_a_usual_row_is_small() -> None:
    usual: dict[Key, Summary] = {name: summary([scale(name) * value for value in (1, 50, 90)]) for name in HISTORY}
    assert len(pack(3, usual)) == HEAD.size + 10 * 8 + 5 * 12


def test_a_usual_row_of_a_website_is_smaller_and_has_tenths_of_milliseconds() -> None:
    usual: dict[Key, Summary] = {
        "response_time": summary([whole(value, scale("response_time")) for value in (0.4, 180.2, 60_000.0)]),
        "availability": summary([whole(value, scale("availability")) for value in (0.0, 100.0, 100.0)]),
    }
    row = pack(3, usual)
    assert len(row) == HEAD.size + 12 + 8
    assert unpack(row)[1]["response_time"] == (3, 4 + 1802 + 600_000, 4, 600_000)


def test_the_largest_sum_of_a_day_fits() -> None:
    row: dict[Key, Summary] = {"uptime": Summary(86_400, 86_399 * LARGEST - LARGEST, -LARGEST, LARGEST)}
    assert unpack(pack(86_400, row)) == (86_400, row)


def test_every_metric_with_a_history_has_its_place_for_good() -> None:
    assert sorted(SLOTS) == sorted([*HISTORY, *WEBSITE_HISTORY])
    assert SLOTS[:15] == (
        "cpu_usage", "ram_usage", "swap_usage", "hdd_usage", "inodes_usage", "network_usage_in", "network_usage_out",
        "network_in_percent", "network_out_percent", "load1", "load5", "load15", "disk_read", "disk_write", "uptime",
    )  # fmt: skip
    assert SLOTS[15:17] == ("response_time", "availability")


def test_mounts_of_a_raw_point() -> None:
    listed = [{"mount": "/", "used": 12.34}, {"mount": "/private", "used": None}, {"mount": "/big", "used": 1e9}]
    assert mounts_used({"mounts": listed}) == [("/", 12.34), ("/big", 1e9)]
    assert unpack_mounts(pack_mounts(mounts_used({"mounts": listed}))) == [
        (mount_key("/"), 12_340), (mount_key("/big"), 2**32 - 1),
    ]  # fmt: skip
    assert (pack_mounts([]), unpack_mounts(None), mounts_used({})) == (None, [], [])
    assert len(mounts_used({"mounts": listed[:1] * 500})) == 64


def test_whole_numbers_are_held_to_what_can_be_kept() -> None:
    assert (whole(12.344, 100), whole(1e300, 100), whole(-1e300, 1)) == (1234, LARGEST, -LARGEST)


def test_series_have_keys_and_units() -> None:
    assert (series_key("cpu_usage"), series_unit("cpu_usage")) == ("cpu_usage", "%")
    assert (series_key("mount:/"), series_unit("mount:/")) == (mount_key("/"), "GiB")
    assert (series_key("response_time"), series_unit("response_time")) == ("response_time", "ms")
    with pytest.raises(KeyError):
        series_key("ram_total")
