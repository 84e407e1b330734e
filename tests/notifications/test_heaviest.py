"""The processes that a message names: what they are called comes from a watched server, which may be hostile."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notifications.conftest import CPU
from virtadmin.notifications import rendering
from virtadmin.notifications.templatetags.messages_text import HEAVIEST, NAME_LENGTH, heaviest


def process(name: str, cpu_percent: float = 0.0, rss_mib: float = 0.0) -> dict[str, Any]:
    return {"name": name, "cpu_percent": cpu_percent, "rss_mib": rss_mib}


BUSY = [process("mysqld", 180.2, 1536.0), process("php-fpm", 12.0, 90.0), process("php-fpm", 8.0, 80.0)]


def test_the_processor_is_explained_by_what_uses_it() -> None:
    idle = process("Xorg", 0.0, 9000.0)
    assert heaviest([*BUSY, idle], "cpu_usage") == "mysqld 180 %, php-fpm (2) 20 %"
    assert heaviest([process("init", 0.4), idle], "cpu_usage") == "init 0 %", "nothing stands out: the first is named"


def test_memory_is_explained_by_what_holds_it() -> None:
    assert heaviest(BUSY, "ram_usage") == "mysqld 1.5 GiB, php-fpm (2) 170 MiB"


@pytest.mark.parametrize("kind", ["limit_crossed", "limit_critical"])
def test_text_and_html_name_them(kind: str) -> None:
    facts = {**CPU, "level": "warning", "processes": [*BUSY, process("</td><script>x", 3.0)]}
    assert "\nHeaviest now: mysqld 180 %, php-fpm (2) 20 %, </td><script>x 3 %\n" in rendering.text(kind, facts)
    html = rendering.html(kind, "A title", facts)
    assert "<td>mysqld 180 %, php-fpm (2) 20 %, &lt;/td&gt;&lt;script&gt;x 3 %</td>" in html
    for none in ({}, {"processes": []}):
        plain = {**CPU, "level": "warning", **none}
        assert "Heaviest" not in rendering.text(kind, plain) + rendering.html(kind, "A title", plain)


@given(st.lists(st.builds(process, st.text(max_size=10_000), st.floats(0, 1e9), st.floats(0, 1e9)), max_size=10))
def test_no_name_breaks_out_of_its_line(processes: list[dict[str, Any]]) -> None:
    for metric in ("cpu_usage", "ram_usage"):
        told = heaviest(processes, metric)
        assert told == rendering.one_line(told)
        assert len(told) <= HEAVIEST * (NAME_LENGTH + 30)
