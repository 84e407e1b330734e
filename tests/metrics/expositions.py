"""Pages in Prometheus' text format, read back and checked."""

import re
import shutil
import subprocess

import pytest

LINE = re.compile(r'^([a-zA-Z_]\w*)(?:\{((?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)(?: (\d+))?$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
UNESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n"}
CUSTOMARY = re.compile(r"^node_memory_\w+ metric names should be written in 'snake_case' not 'camelCase'$")
"""The only complaint there may be: the kernel's own names, which node_exporter keeps."""

Series = dict[tuple[str, frozenset[tuple[str, str]]], tuple[float, int | None]]
"""By name and labels: value and milliseconds since 1970."""

needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="Debian's prometheus is not installed")


def read(page: bytes) -> Series:
    """Every line of the page, once each; families stand together below their HELP and TYPE."""
    found: Series = {}
    told: list[str] = []
    lines = page.decode().split("\n")
    assert lines.pop() == ""
    for line in lines:
        if line.startswith("# TYPE "):
            continue
        if line.startswith("# HELP "):
            told.append(line.split()[2])
            continue
        match = LINE.match(line)
        assert match, line
        name, text, value, at = match.groups()
        assert name == told[-1], line
        labels = frozenset(
            (key, re.sub(r"\\.", lambda e: UNESCAPED[e[0]], kept)) for key, kept in LABEL.findall(text or "")
        )
        assert (name, labels) not in found, line
        found[name, labels] = (float(value), int(at) if at else None)
    assert len(told) == len(set(told))
    return found


def of(series: Series, name: str, **labels: str) -> list[float]:
    """The values of the family that have these labels among theirs."""
    return [value for (found, those), (value, _) in series.items() if found == name and labels.items() <= those]


def instances_of(series: Series, name: str) -> set[str]:
    """Whom the family tells of."""
    return {dict(labels)["instance"] for found, labels in series if found == name}


def complaints(page: bytes) -> list[str]:
    """What `promtool check metrics` has against the page."""
    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, check=False)
    return [line for line in done.stderr.decode().splitlines() if not CUSTOMARY.match(line)]
