"""What it costs to take in a batch of answers: parsing, derivation, limits, and all that is written to the database.

The answers are this machine's own probe's, recorded one after the other, so that counters move as they do. Beside it
its parts: parsing and derivation alone.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.hub import prepared_hub, servers_make, valkey
from bench.processes import precise_cpu_ms, tree
from bench.report import Report, options
from tests.databases.maker import DatabaseServer
from tests.databases.systems import SYSTEMS
from virtadmin.running.processes import GARBAGE
from virtadmin.ssh.local import probe_path

BATCH = 500
"""Servers whose answers are written together: what a burst of a round gives within half a second."""


def main() -> None:
    """Measure and report."""
    parser = options(__doc__)
    parser.add_argument("--servers", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--database", choices=("sqlite", *SYSTEMS, "all"), default="sqlite")
    chosen = parser.parse_args()
    if chosen.database == "all":
        _all(chosen)
    else:
        _one(chosen)


def _one(chosen: argparse.Namespace) -> None:
    answers, facts = recorded(chosen.rounds + 3)
    size = f"{chosen.servers} servers, {chosen.rounds} rounds, answers of {len(answers[0])} bytes"
    report = Report(f"ingest: {chosen.database}, {size}")
    gc.set_threshold(*GARBAGE)  # as a worker has it, and ingest runs nowhere else
    with tempfile.TemporaryDirectory() as home, valkey(home), _served(chosen.database) as server, prepared_hub(home):
        hub, database = _ingest(answers, facts, chosen, server)
        report.add("ingest_ms_per_server", hub, "≤ 0.45")
        if server:
            report.add("database_ms_per_server", database)
        report.add("parse_ms", _parsing(answers))
        report.add("derive_ms", _deriving(answers))
    report.show(as_json=chosen.json)


def _all(chosen: argparse.Namespace) -> None:
    """One after the other, each in a process of its own: a process has one database."""
    report = Report(f"ingest: every database, {chosen.servers} servers, {chosen.rounds} rounds")
    for system in ("sqlite", *SYSTEMS):
        command = [sys.executable, "-m", "bench.ingest", "--database", system, "--json"]
        options_given = ["--servers", str(chosen.servers), "--rounds", str(chosen.rounds)]
        done = subprocess.run([*command, *options_given], check=True, stdout=subprocess.PIPE, text=True)
        figures = json.loads(done.stdout.splitlines()[-1])["figures"]
        suffix = "" if system == "sqlite" else f"_{system}"
        report.add(f"ingest_ms_per_server{suffix}", figures["ingest_ms_per_server"], "≤ 0.45")
        if "database_ms_per_server" in figures:
            report.add(f"database_ms_per_server{suffix}", figures["database_ms_per_server"], "the server's own")
    report.show(as_json=chosen.json)


@contextmanager
def _served(system: str) -> Iterator[DatabaseServer | None]:
    """A database server that waits for the disk as a real one does, named by `DATABASE_URL`; none for SQLite."""
    if system == "sqlite":
        yield None
        return
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home, system)
        folder.mkdir()
        Path(home).chmod(0o755)  # it runs as nobody
        with DatabaseServer(system, folder, careful=True) as server:
            os.environ["DATABASE_URL"] = server.create("virtadmin")
            yield server


def recorded(count: int) -> tuple[list[bytes], bytes]:
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


def _ingest(
    answers: list[bytes], facts: bytes, chosen: argparse.Namespace, server: DatabaseServer | None
) -> tuple[float, float]:
    """CPU milliseconds of this process and of the database server for one server's answer, medians of the rounds."""
    from virtadmin.collector.ingest import ingest
    from virtadmin.collector.keeper import Before, Outcome

    ids = servers_make(chosen.servers)
    channels = {pk: Before() for pk in ids}
    spent: list[tuple[float, float]] = []
    theirs = tree(server.process.pid) if server and server.process else []
    for number, answer in enumerate(answers[1:]):
        now = 1_900_000_000.0 + 10 * number
        first = [(now - 1, answers[0])] if number == 0 else []
        found = facts if number == 0 else None
        outcomes = [Outcome(pk, [*first, (now, answer)], found, before=channels[pk]) for pk in ids]
        before, before_theirs = time.process_time(), precise_cpu_ms(theirs)
        for start in range(0, len(outcomes), BATCH):
            ingest(outcomes[start : start + BATCH])
        spent.append((1000 * (time.process_time() - before), precise_cpu_ms(theirs) - before_theirs))
        theirs = tree(server.process.pid) if server and server.process else []
    ours, database = zip(*spent[-chosen.rounds :], strict=True)  # what comes before warms up
    return float(median(ours) / chosen.servers), float(median(database) / chosen.servers)


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
