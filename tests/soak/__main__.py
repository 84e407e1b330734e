"""Run a whole hub, let things go wrong in it for minutes, and see whether all is well afterwards.

Needs root: it makes real hosts, and a network, processes and mounts of its own.
"""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from random import SystemRandom

from tests.databases.maker import _empty
from tests.hosts.maker import build, what_is_missing
from tests.soak import checks, own_machine
from tests.soak.driving import drive, lacking, usable
from tests.soak.hosts import VARIANTS
from tests.soak.logs import Was, newest
from tests.soak.schedule import PAUSE
from tests.soak.world import World

WARM_SECONDS = 15


def main() -> int:
    """0 where all is well, 1 where it is not, 2 where it cannot be tried here."""
    chosen = _options()
    if missing := what_is_missing():
        print(f"soak: {missing}", file=sys.stderr)
        return 2
    for variant in VARIANTS:  # now: there is no way out of the namespaces
        build("bookworm", variant)
    _empty("mariadb")
    own_machine.enter()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = Path(tempfile.mkdtemp(prefix="virtadmin-soak-"))
    folder.chmod(0o755)  # the database server runs as nobody
    return run(folder, chosen, seconds=chosen.seconds or chosen.minutes * 60)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5, help="of faults; starting and settling take more")
    parser.add_argument("--seconds", type=float, help="instead of minutes")
    parser.add_argument("--seed", type=int, help="of an earlier run, to repeat it")
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument(
        "--spare", action="store_true", help="kill none of the hub's processes: what grows is seen then"
    )
    parser.add_argument("--pause", type=float, nargs=2, default=PAUSE, help="least and most seconds between two faults")
    chosen = parser.parse_args()
    if chosen.seed is None:
        chosen.seed = SystemRandom().randrange(1_000_000)
        sys.argv += ["--seed", str(chosen.seed)]  # the same in the namespaces
    return chosen


def run(folder: Path, chosen: argparse.Namespace, *, seconds: float) -> int:
    """Start, cause, heal, wait, check, tell."""
    spared = "; the hub's processes are not killed" if chosen.spare else ""
    print(f"soak: seed {chosen.seed}, {seconds:.0f} s of faults, {chosen.hosts} hosts{spared}")
    for fault, why in lacking().items():
        print(f"soak: no fault of this run will be '{fault}': {why}")
    world = World(folder, chosen.hosts)
    began, code = time.monotonic(), 1
    try:
        world.start()
        world.wait(WARM_SECONDS)
        before = checks.memory(world)
        world.limits_cross(seconds=60)
        print(f"soak: up after {time.monotonic() - began:.0f} s; {_figures(before, before)}")
        kinds = usable(spare=chosen.spare)
        was = drive(world, seed=chosen.seed, seconds=seconds, kinds=kinds, pause=tuple(chosen.pause))
        healed = time.time()
        found = checks.settle(world, healed)
        after = checks.memory(world)
        print(f"soak: settled after {time.time() - healed:.0f} s; {_figures(before, after)}")
        code = _tell(world, found | checks.final(world, was, before, after), was, chosen.seed)
    finally:
        world.stop()
        _leave(folder, code)
    return code


def _leave(folder: Path, code: int) -> None:
    """Throw everything away where all is well; else keep the logs, and show what each said last."""
    if not code:
        shutil.rmtree(folder)
        return
    for log in sorted((folder / "kept").glob("*.log")):
        print(f"soak: {log.name} ends with")
        for line in newest(log):
            print(f"    {line}")
    print(f"soak: logs are in {folder}/kept")


def _figures(before: dict[str, float], after: dict[str, float]) -> str:
    grown = {name: f" ({mb - before[name]:+.0f})" if mb != before[name] else "" for name, mb in after.items()}
    return ", ".join(f"{name} {mb:.0f}{grown[name]} MB" for name, mb in after.items())


def _tell(world: World, found: dict[str, str], was: list[Was], seed: int) -> int:
    for name, wrong in found.items():
        print(f"  {'FAILED' if wrong else 'well  '}  {name}{': ' + wrong if wrong else ''}")
    failed = [name for name, wrong in found.items() if wrong]
    print(f"soak: {checks.summary(world, was)}")
    print(f"soak: {f'{len(failed)} checks FAILED' if failed else 'all is well'}; again: SEED={seed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
