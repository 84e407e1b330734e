"""How every benchmark speaks: a table for people, and with `--json` one JSON object on the last line for programs."""

import argparse
import json
import time
from dataclasses import dataclass, field

CALIBRATION_STEPS = 500_000


def calibration_ms() -> float:
    """CPU milliseconds that a fixed loop of Python takes now: machines differ, and one machine from hour to hour."""
    begun, total = time.process_time(), 0
    for step in range(CALIBRATION_STEPS):
        total += step * step % 7
    return (time.process_time() - begun) * 1000


@dataclass
class Report:
    """Figures by their names of the budgets, in the order they were measured."""

    title: str
    figures: dict[str, float] = field(default_factory=dict)
    budgets: dict[str, str] = field(default_factory=dict)
    before: float = field(default_factory=calibration_ms)

    def add(self, name: str, value: float, budget: str = "") -> None:
        """Note a figure; its unit is in its name."""
        self.figures[name] = round(value, 4)
        self.budgets[name] = budget

    def show(self, *, as_json: bool) -> None:
        """Print the table, and the JSON object when asked for."""
        after = calibration_ms()
        both = f"of CPU for a fixed loop: {self.before:.0f} before, {after:.0f} after"
        self.add("calibration_ms", (self.before + after) / 2, both)
        print(f"\n{self.title}")
        for name, value in self.figures.items():
            print(f"  {name:<34} {value:>10.2f}   {self.budgets[name]}")
        if as_json:
            print(json.dumps({"figures": self.figures}))


def options(description: str | None) -> argparse.ArgumentParser:
    """A parser with what every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object, last")
    return parser
