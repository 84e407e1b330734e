"""Does what the schedule says, at its time, and tells it."""

import time
from collections.abc import Sequence

from tests.soak import clocks, own_machine
from tests.soak.faults import BY_NAME, CUT, FAULTS, KILLS
from tests.soak.logs import Was
from tests.soak.schedule import Event, Kind, schedule
from tests.soak.world import World


def lacking() -> dict[str, str]:
    """The faults that cannot be caused here, and why."""
    found = {}
    if not own_machine.cutter():
        found[CUT] = "neither nft nor iptables works here"
    if not clocks.can_jump():
        found[clocks.JUMP] = "there is no C compiler (cc) here"
    return found


def usable(*, spare: bool = False) -> list[Kind]:
    """The faults that can be caused here; `spare`: but for those that kill the hub's own processes."""
    left_out = {*lacking(), *(KILLS if spare else ())}
    return [fault.kind for fault in FAULTS if fault.kind.name not in left_out]


def drive(world: World, *, seed: int, seconds: float, kinds: Sequence[Kind], pause: tuple[float, float]) -> list[Was]:
    """Cause and heal; returns what was, once all is healed."""
    begun = time.monotonic()
    events = schedule(seed, seconds, len(world.hosts), kinds, pause)
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
