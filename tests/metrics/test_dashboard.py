"""The Grafana dashboard fits what is exported."""

import json
import re
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from tests.metrics.expositions import needs_promtool
from virtadmin.metrics.exposition.families import FAMILIES

FILE = Path(__file__).resolve().parents[2] / "deploy/grafana/virtadmin.json"
BOARD: dict[str, Any] = json.loads(FILE.read_text())
PANELS: list[dict[str, Any]] = BOARD["panels"]
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
VARIABLES = {"$instance": ".*", "$__rate_interval": "5m"}
MEMORY = {f"node_memory_{name}_bytes" for name in ("MemAvailable", "MemTotal", "SwapFree", "SwapTotal")}
"""Lines every /proc/meminfo has since Linux 3.14 (proc(5))."""
METRIC = re.compile(r"\b(?:node|virtadmin)_\w+")


def targets() -> list[dict[str, Any]]:
    return [target for panel in PANELS for target in panel.get("targets", ())]


def expressions(**variables: str) -> list[str]:
    """Every query with the variables put in, as Grafana does for "All"."""
    values = VARIABLES | {f"${name}": value for name, value in variables.items()}
    found = []
    for target in targets():
        expression = target["expr"]
        for name, value in values.items():
            expression = expression.replace(name, value)
        assert "$" not in expression, expression
        found.append(expression)
    return found


def test_it_asks_only_for_what_we_export() -> None:
    asked = {name for expression in expressions() for name in METRIC.findall(expression)}
    assert len(asked) > 20
    assert asked <= FAMILIES.keys() | MEMORY


def test_its_legends_name_labels_the_answer_has() -> None:
    for target in targets():
        labels = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        kept = re.search(r"by \((\w+)\)", target["expr"])
        assert labels <= ({kept[1]} if kept else {"instance", "device", "mountpoint"}), target


@needs_promtool
def test_prometheus_can_read_every_query(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{n}", "expr": expression} for n, expression in enumerate(expressions())]
    file = tmp_path / "rules.json"  # JSON is YAML
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    done = subprocess.run(["promtool", "check", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rules)} rules found" in done.stdout


def test_it_is_whole() -> None:
    """What Grafana's import wants of a dashboard: its identity, its variables, a source for every query."""
    assert (BOARD["uid"], BOARD["title"], BOARD["schemaVersion"] >= 36) == ("virtadmin", "Virtadmin", True)
    assert "id" not in BOARD  # Grafana gives it
    assert [variable["name"] for variable in BOARD["templating"]["list"]] == ["datasource", "instance"]
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    for panel in PANELS:
        assert panel["title"]
        assert panel["type"] in {"row", "stat", "table", "timeseries"}
        if panel["type"] != "row":
            assert panel["datasource"] == SOURCE
            assert panel["description"].endswith(".")
            assert panel["fieldConfig"].keys() == {"defaults", "overrides"}
            references = [target["refId"] for target in panel["targets"]]
            assert references
            assert len(set(references)) == len(references)
            assert all(target["datasource"] == SOURCE for target in panel["targets"])


def test_no_panel_covers_another() -> None:
    for panel in PANELS:
        place = panel["gridPos"]
        assert 0 <= place["x"] < place["x"] + place["w"] <= 24
    for one, other in combinations((panel["gridPos"] for panel in PANELS), 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below, (one, other)


@pytest.mark.parametrize("word", ["http://", "https://", "localhost", "password", "/home"])
def test_it_holds_nothing_of_the_machine_it_was_made_on(word: str) -> None:
    assert word not in FILE.read_text()
