"""What it costs to take in a batch of answers: parsing, derivation, limits, and all that is written to the database.

The answers are this machine's own probe's, recorded one after the other, so that counters move as they do. Beside it
its parts: parsing and derivation alone.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from statistics import median

from bench.hub import prepared_hub, servers_make, valkey
from bench.report import Report, options
from virtadmin.ssh.local import probe_path

BATCH = 500
"""Servers whose answers are written together: what a burst of a round gives within half a second."""


def main() -> None:
    """Measure and report."""
    parser = options(__doc__)
    parser.add_argument("--servers", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=6)
    chosen = parser.parse_args()
    answers, facts = _recorded(chosen.rounds + 3)
    report = Report(f"ingest: {chosen.servers} servers, {chosen.rounds} rounds, answers of {len(answers[0])} bytes")
    with tempfile.TemporaryDirectory() as home, valkey(home), prepared_hub(home):
        report.add("ingest_ms_per_server", _ingest(answers, facts, chosen), "≤ 0.45")
        report.add("parse_ms", _parsing(answers))
        report.add("derive_ms", _deriving(answers))
    report.show(as_json=chosen.json)


def _recorded(count: int) -> tuple[list[bytes], bytes]:
    """So many samples of this machine a second apart, and its facts."""
    command = [sys.executable, "-I", str(probe_path("probe.py")), "bench", os.devnull]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as probe:
        assert probe.stdin
        assert probe.stdout

        def ask(word: bytes) -> bytes:
            assert probe.stdin
            assert probe.stdout
            probe.stdin.write(word + b"\n")
            probe.stdin.flush()
            lines = iter(probe.stdout.readline, b"virtadmin-probe end\n")
            return b"".join([*lines, b"virtadmin-probe end\n"])

        facts = ask(b"facts")
        answers = [ask(b"sample")]
        for _ in range(count - 1):
            time.sleep(1)
            answers.append(ask(b"sample"))
        probe.stdin.close()
    return answers, facts


def _ingest(answers: list[bytes], facts: bytes, chosen: argparse.Namespace) -> float:
    """CPU milliseconds of this process for one server's answer, the median of the rounds."""
    from virtadmin.collector.ingest import ingest
    from virtadmin.collector.keeper import Outcome

    ids = servers_make(chosen.servers)
    spent: list[float] = []
    for number, answer in enumerate(answers[1:]):
        now = 1_900_000_000.0 + 10 * number
        first = [(now - 1, answers[0])] if number == 0 else []
        outcomes = [Outcome(pk, [*first, (now, answer)], facts if number == 0 else None) for pk in ids]
        before = time.process_time()
        for start in range(0, len(outcomes), BATCH):
            ingest(outcomes[start : start + BATCH])
        spent.append(time.process_time() - before)
    return float(1000 * median(spent[-chosen.rounds :]) / chosen.servers)  # what comes before warms up


def _parsing(answers: list[bytes]) -> float:
    from virtadmin.metrics.sample import parse

    return _each(lambda number: parse(answers[number % len(answers)]))


def _deriving(answers: list[bytes]) -> float:
    from virtadmin.metrics.derive import derive
    from virtadmin.metrics.sample import parse

    samples = [parse(answer) for answer in answers]

    def one(number: int) -> None:
        place = number % (len(samples) - 1)
        derive(samples[place], samples[place + 1], now=1.0, link_speed=1000)

    return _each(one)


def _each(work: Callable[[int], object], times: int = 2000) -> float:
    before = time.process_time()
    for number in range(times):
        work(number)
    return 1000 * (time.process_time() - before) / times


if __name__ == "__main__":
    main()
