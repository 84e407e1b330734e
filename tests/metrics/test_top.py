"""What is read of the heaviest processes."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.metrics.answer import BadSample
from virtadmin.metrics.top import SHOWN, Process, parse_top


def top(text: str) -> bytes:
    """An answer with these lines."""
    return f"virtadmin-probe 1 top\n{text}virtadmin-probe end\n".encode()


def test_cpu_is_percent_of_one_processor_and_memory_in_mib() -> None:
    text = "interval 0.50 clk_tck 100\nprocess 812 75 524288 mysqld\nprocess 9 0 2048 my (odd) name\n"
    assert parse_top(top(text)) == [Process("mysqld", 150.0, 512.0), Process("my (odd) name", 0.0, 2.0)]


def test_lines_it_cannot_read_are_skipped() -> None:
    text = "interval 0.50 clk_tck 100\nprocess x 1 1 a\nprocess 1 1\nhello 1 1 1 a\nprocess 1 5 1024 b\x1b\n"
    assert parse_top(top(text)) == [Process("b?", 10.0, 1.0)]


def test_a_longer_list_than_asked_for_is_cut() -> None:
    assert len(parse_top(top("interval 0.5 clk_tck 100\n" + "process 1 1 1 a\n" * 50))) == SHOWN


@pytest.mark.parametrize(
    "head", ["", "interval 0.5\n", "interval 0 clk_tck 100\n", "interval nan clk_tck 1\n", "a b c d\n"]
)
def test_without_the_time_nothing_can_be_said(head: str) -> None:
    with pytest.raises(BadSample, match="over which time"):
        parse_top(top(head))


@given(st.text(max_size=60), st.binary(max_size=60))
def test_any_text_gives_processes_or_a_clear_refusal(text: str, raw: bytes) -> None:
    for answer in (top("interval 0.5 clk_tck 100\nprocess 1 " + text + "\n"), top(text), raw):
        try:
            found = parse_top(answer)
        except BadSample:
            continue
        assert all(process.name.isprintable() and 0 <= process.cpu_percent < inf for process in found)


def test_a_time_too_short_to_divide_by_is_refused() -> None:
    with pytest.raises(BadSample):
        parse_top(top(f"interval 5e-324 clk_tck 1\nprocess 1 {2**64 - 1} 1 x\n"))
