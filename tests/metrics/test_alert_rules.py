"""The alert rules that are given away: they ask for what is exported, and fire when they should and not before."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.metrics.expositions import needs_promtool
from virtadmin.metrics.exposition.families import FAMILIES

FILE = Path(__file__).resolve().parents[2] / "deploy/prometheus/virtadmin.rules.yml"
HUB = 'instance="hub.example"'
WELL = {
    f"virtadmin_hub_info{{{HUB}}}": "1x60",
    f"virtadmin_hub_workers{{{HUB}}}": "2x60",
    f'virtadmin_hub_servers{{{HUB},status="up"}}': "5x60",
    f"virtadmin_hub_last_tick_timestamp_seconds{{{HUB}}}": "0+60x60",
    f"virtadmin_hub_last_round_timestamp_seconds{{{HUB}}}": "0+60x60",
    f'virtadmin_hub_queue_tasks{{{HUB},queue="collect"}}': "3x60",
    f'virtadmin_hub_polls_dropped_total{{{HUB},worker="a@b",subject="server"}}': "0x60",
    f'virtadmin_hub_deliveries{{{HUB},status="given_up"}}': "7x60",
    'virtadmin_up{instance="web1"}': "1x60",
    'probe_success{instance="https://example.org/"}': "1x60",
    'probe_ssl_earliest_cert_expiry{instance="https://example.org/"}': "5000000x60",
}
"""A value each minute for an hour."""
BROKEN: dict[str, dict[str, str]] = {
    "VirtadminServerLost": {'virtadmin_up{instance="web1"}': "1x10 0x50"},
    "VirtadminWebsiteDown": {'probe_success{instance="https://example.org/"}': "1x10 0x50"},
    "VirtadminCertificateExpires": {'probe_ssl_earliest_cert_expiry{instance="https://example.org/"}': "900000x60"},
    "VirtadminTimetableStopped": {f"virtadmin_hub_last_tick_timestamp_seconds{{{HUB}}}": "0+60x10 600x50"},
    "VirtadminNoWorker": {f"virtadmin_hub_workers{{{HUB}}}": "2x10 0x50"},
    "VirtadminRoundsDoNotEnd": {f"virtadmin_hub_last_round_timestamp_seconds{{{HUB}}}": "0+60x10 600x50"},
    "VirtadminTasksWait": {f'virtadmin_hub_queue_tasks{{{HUB},queue="collect"}}': "3x10 900x50"},
    "VirtadminResultsLost": {
        f'virtadmin_hub_polls_dropped_total{{{HUB},worker="a@b",subject="server"}}': "0x35 5x25",
    },
    "VirtadminMessagesGivenUp": {f'virtadmin_hub_deliveries{{{HUB},status="given_up"}}': "7x20 9x40"},
}
"""What is different from that where one alert, and no other, has to fire; at minute 40."""


def names() -> list[str]:
    return re.findall(r"- alert: (\w+)", FILE.read_text())


def case(series: dict[str, str], firing: set[str]) -> dict[str, Any]:
    """For `promtool test rules`: which alerts fire at minute 40. (`promql_expr_test` can ask for names alone.)"""
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": _values(values)} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": "40m",
                "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(firing)],
            }
        ],
    }


def _values(text: str) -> str:
    """Promtool counts repetitions from nought."""
    return re.sub(r"(?<![+\d])(\d+)x", r"\1+0x", text)


def test_they_ask_only_for_what_we_export() -> None:
    asked = set(re.findall(r"\b(?:probe|virtadmin)_\w+", " ".join(re.findall(r"expr: (.*)", FILE.read_text()))))
    assert len(asked) > 8
    assert asked <= FAMILIES.keys()


@needs_promtool
def test_each_fires_alone_when_it_should_and_none_where_all_is_well(tmp_path: Path) -> None:
    assert set(names()) == {*BROKEN, "VirtadminHubAway"}
    gone = {name: values for name, values in WELL.items() if "virtadmin_hub" not in name}
    tests = [case(WELL, set()), case(gone, {"VirtadminHubAway"})]
    tests += [case({**WELL, **different}, {name}) for name, different in BROKEN.items()]
    without_valkey = {name: values for name, values in WELL.items() if "workers" not in name}
    tests.append(case(without_valkey, {"VirtadminNoWorker"}))
    file = tmp_path / "tests.json"  # JSON is YAML
    file.write_text(json.dumps({"rule_files": [str(FILE)], "evaluation_interval": "1m", "tests": tests}))
    done = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
