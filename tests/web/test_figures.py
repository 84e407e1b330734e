"""Numbers as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from virtadmin.web import figures
from virtadmin.web.gauge import bar, share

NOW = datetime(2026, 3, 29, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (0, "0.0 %"), (9.94, "9.9 %"), (9.97, "10 %"), (99.6, "100 %"), (100, "100 %")]
)
def test_percent(value: float | None, text: str) -> None:
    assert figures.percent(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0"), (0.004, "0"), (0.05, "0.05"), (0.5, "0.5"), (0.996, "1.0"), (3.44, "3.4"), (1240, "1240")],
)
def test_short(value: float | None, text: str) -> None:
    assert figures.short(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (5, "5 s"), (60, "1 min"), (3599, "59 min"), (7200, "2 h"), (7260, "2 h 1 min"), (90000, "1 d 1 h")],
)
def test_duration(value: float | None, text: str) -> None:
    assert figures.duration(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "just now"), (-3, "just now"), (12, "12 s ago"), (61, "1 min ago"), (7200, "2 h ago"), (200000, "2 d ago")],
)
def test_ago(seconds: int, text: str) -> None:
    assert figures.ago(NOW - timedelta(seconds=seconds), NOW) == text


def test_sizes_change_their_unit() -> None:
    assert [figures.mebibytes(v) for v in (None, 512, 7941)] == ["–", "512 MiB", "7.8 GiB"]
    assert [figures.gibibytes(v) for v in (None, 0.5, 78.2, 1862.6)] == ["–", "0.5 GiB", "78 GiB", "1.8 TiB"]
    assert figures.rate(None) == figures.ago(None, NOW).replace("never", "–") == "–"


def test_a_bar_never_leaves_its_frame() -> None:
    assert 'width="100.0"' in bar(share("CPU", 140.0, 80))
    assert 'width="0.0"' in bar(share("CPU", -3.0))
    assert "<rect" not in bar(share("CPU", None))


@pytest.mark.parametrize(
    ("value", "kind", "unit", "text"),
    [
        (34.2, "percent", "%", "34 %"),
        (3600.0, "duration", "s", "1 h"),
        (512.0, "size", "MiB", "512 MiB"),
        (2048.0, "size", "GiB", "2.0 TiB"),
        (12.34, "rate", "Mb/s", "12"),
        (0.84, "number", "", "0.84"),
        (61.5, "latency", "ms", "62 ms"),
        (None, "rate", "Mb/s", "–"),
    ],
)
def test_a_number_of_the_catalogue_is_written_by_its_kind(value: float, kind: str, unit: str, text: str) -> None:
    assert figures.figure(value, kind, unit) == text
