"""What goes wrong, and how it is mended. A new fault is one line of FAULTS."""

import signal
from collections.abc import Callable
from dataclasses import dataclass

from tests.soak import own_machine
from tests.soak.clocks import JUMP, WHOLE_HUB, jump
from tests.soak.schedule import Draw, Kind, one_of, some_hosts
from tests.soak.world import World

Act = Callable[[World, str], None]
WORKERS = ("worker-one", "worker-two")
AHEAD, BEHIND = 3600, -900
CUT, LIMITS = "cut the network", "cross limits"


@dataclass(frozen=True)
class Fault:
    """What the schedule knows of it, and what is done to each of its targets at its beginning and its end."""

    kind: Kind
    cause: Act
    heal: Act


def _fault(name: str, seconds: tuple[float, float], draw: Draw, cause: Act, heal: Act) -> Fault:
    return Fault(Kind(name, *seconds, draw), cause, heal)


def _kill(world: World, target: str) -> None:
    world.parts[target].kill()


def _pause(world: World, target: str) -> None:
    world.parts[target].send(signal.SIGSTOP)


def _resume(world: World, target: str) -> None:
    world.parts[target].send(signal.SIGCONT)


def _nothing(world: World, target: str) -> None:
    """The supervisor starts it again."""


def _keep_away(world: World, target: str) -> None:
    world.parts[target].restarts = False
    world.parts[target].kill()


def _bring_back(world: World, target: str) -> None:
    world.parts[target].restarts = True
    world.parts[target].start()


def _limits(percent: int) -> Act:
    return lambda world, target: world.limits_want(target, percent)


def _start_database(world: World) -> None:
    world.database.start()


def _clock_wrong(world: World, target: str) -> None:
    world.clocks.set(*jump(target))


def _clock_right(world: World, target: str) -> None:
    world.clocks.set(jump(target)[0], 0)


KILLED = (1.0, 1.0)
KILLS = ("kill a worker", "kill beat", "kill web")
CLOCKS = [
    f"{name} {seconds:+}"
    for name in (*[WHOLE_HUB] * 5, *WORKERS, "beat", "web", "valkey")  # as often all of them as one
    for seconds in (AHEAD, BEHIND)
]
FAULTS = [
    _fault(KILLS[0], KILLED, one_of(*WORKERS), _kill, _nothing),
    _fault(KILLS[1], KILLED, one_of("beat"), _kill, _nothing),
    _fault(KILLS[2], KILLED, one_of("web"), _kill, _nothing),
    _fault("pause a process", (3.0, 20.0), one_of(*WORKERS, "beat"), _pause, _resume),
    _fault("broker away", (2.0, 10.0), one_of("valkey"), _keep_away, _bring_back),
    _fault(
        "database away", (3.0, 12.0), one_of("mariadb"),
        lambda world, _: world.database.kill(), lambda world, _: _start_database(world),
    ),
    _fault(
        "disk full", (4.0, 12.0), one_of("disk"),
        lambda world, _: world.disk_fill(), lambda world, _: world.disk_free(),
    ),
    _fault(
        "pause hosts", (5.0, 30.0), some_hosts,
        lambda world, target: world.hosts[target].pause(), lambda world, target: world.hosts[target].resume(),
    ),
    _fault(
        "kill sshd", (5.0, 25.0), some_hosts,
        lambda world, target: world.hosts[target].sshd_kill(), lambda world, target: world.hosts[target].sshd_start(),
    ),
    _fault(
        CUT, (5.0, 35.0), some_hosts,
        lambda world, target: own_machine.cut(world.hosts[target].address),
        lambda world, target: own_machine.mend(world.hosts[target].address),
    ),
    _fault(LIMITS, (15.0, 30.0), some_hosts, _limits(1), _limits(100)),
    _fault(JUMP, (6.0, 25.0), one_of(*CLOCKS), _clock_wrong, _clock_right),
]  # fmt: skip
BY_NAME = {fault.kind.name: fault for fault in FAULTS}
