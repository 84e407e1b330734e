"""When which fault begins and ends: a pure function of the seed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

PAUSE = (2.0, 7.0)
"""Seconds from the beginning of one fault to the next; long ones overlap with those that follow."""
Draw = Callable[[Random, int], tuple[str, ...]]
"""Whom it hits, drawn for a run with so many hosts."""


@dataclass(frozen=True)
class Kind:
    """What the schedule has to know of a fault: its name, how many seconds it lasts, and whom it may hit."""

    name: str
    shortest: float
    longest: float
    draw: Draw


@dataclass(frozen=True)
class Event:
    """One fault, in seconds since the beginning."""

    begin: float
    end: float
    fault: str
    targets: tuple[str, ...]


def one_of(*names: str) -> Draw:
    """Hit one of these."""
    return lambda chance, hosts: (chance.choice(names),)


def some_hosts(chance: Random, hosts: int) -> tuple[str, ...]:
    """Hit from one host to all of them; mostly few."""
    count = min(chance.randint(1, hosts), chance.randint(1, hosts))
    return tuple(sorted(chance.sample([host_name(number) for number in range(1, hosts + 1)], count)))


def host_name(number: int) -> str:
    """What a host is called in the schedule."""
    return f"host-{number:02}"


def schedule(
    seed: int, seconds: float, hosts: int, kinds: Sequence[Kind], pause: tuple[float, float] = PAUSE
) -> list[Event]:
    """The faults of a run, by their beginning. All are over within the seconds: those of its end are shortened, or left
    out where they would be too short. Each kind comes once before any comes again, and never while it lasts already."""
    chance = Random(seed)
    events: list[Event] = []
    over = dict.fromkeys([kind.name for kind in kinds], 0.0)
    deck: list[Kind] = []
    now, is_full = chance.uniform(*pause), False
    while deck or not is_full:
        deck = deck or chance.sample(list(kinds), len(kinds))
        kind = min(deck, key=lambda one: max(now, over[one.name]))
        deck.remove(kind)
        begin = max(now, over[kind.name])
        end = begin + chance.uniform(kind.shortest, kind.longest)
        event = Event(begin, min(end, seconds), kind.name, kind.draw(chance, hosts))
        is_full = is_full or end > seconds
        if end <= seconds or seconds - begin >= kind.shortest:
            events.append(event)
            over[kind.name] = event.end
            now = begin + chance.uniform(*pause)
    return events
