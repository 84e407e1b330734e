"""Does what the schedule says, at its time, and tells it."""

import time
from collections.abc import Sequence

from tests.soak.faults import BY_NAME, FAULTS
from tests.soak.logs import Was
from tests.soak.schedule import Event, Kind, schedule
from tests.soak.world import World

CUT = "cut the network"


def usable(cuts: bool) -> list[Kind]:
    """The faults that can be caused here."""
    return [fault.kind for fault in FAULTS if cuts or fault.kind.name != CUT]


def drive(world: World, *, seed: int, seconds: float, kinds: Sequence[Kind]) -> list[Was]:
    """Cause and heal; returns what was, once all is healed."""
    begun = time.monotonic()
    events = schedule(seed, seconds, len(world.hosts), kinds)
    steps = [(event.begin, True, event) for event in events] + [(event.end, False, event) for event in events]
    causes: dict[Event, float] = {}
    was: list[Was] = []
    for at, is_cause, event in sorted(steps, key=_order):
        world.wait(begun + at - time.monotonic())
        fault, now = BY_NAME[event.fault], time.time()
        word = "begins" if is_cause else "ends  "
        print(f"  {time.monotonic() - begun:6.1f} s  {word}  {event.fault}: {', '.join(event.targets)}")
        if is_cause:
            causes[event] = now
        for target in event.targets:
            (fault.cause if is_cause else fault.heal)(world, target)
        begun += time.time() - now  # on a busy machine that takes seconds, which are none of the schedule's
        if not is_cause:
            was.append(Was(event.fault, causes[event], time.time(), event.targets))
    return was


def _order(step: tuple[float, bool, Event]) -> tuple[float, bool]:
    return step[:2]
