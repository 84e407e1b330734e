"""Whether the work is done: workers, the timetable, rounds, servers."""

from collections import Counter
from collections.abc import Iterable, Mapping

from virtadmin.collector import memory
from virtadmin.collector.workers import workers_live
from virtadmin.operations.doctor.check import Asked, Check, Finding, fail, ok, skip, warn
from virtadmin.operations.present import processes_there
from virtadmin.operations.rounds import idle_judge, results_known, shortest_intervals
from virtadmin.servers.models import ServerState

LATE = 30.0
MANY = 0.2
"""Of the servers: more of them failing is more than a few broken ones."""


def processes(asked: Asked) -> Finding:
    """Which processes of the hub use this database."""
    return processes_judge([(process.kind, str(process)) for process in processes_there()])


def processes_judge(there: Iterable[tuple[str, str]]) -> Finding:
    """Whether they are what a hub is made of, each given by kind and in words. Pure."""
    known = list(there)
    said = ", ".join(words for _, words in known)
    if sum(kind == "beat" for kind, _ in known) > 1:
        return warn(f"more than one beat: {said}", "stop all but one: everything is asked of the workers twice")
    return ok(said) if known else skip("none is there")


def workers(asked: Asked) -> Finding:
    """Who asks servers."""
    live = workers_live()
    if not live:
        return fail("no worker lives", "start the hub (`virtadmin up`), or `virtadmin worker` where it runs apart")
    dropped = sum(int(worker.counters.get("dropped", 0)) for worker in live)
    said = f"{len(live)} live: {', '.join(worker.name for worker in live)}"
    return warn(f"{said}; {dropped} results could not be saved", "look at the workers' log") if dropped else ok(said)


def beat(asked: Asked) -> Finding:
    """Whether the timetable is kept."""
    last = memory.tick_last()
    return beat_judge(None if last is None else asked.clock() - last)


def beat_judge(ago: float | None) -> Finding:
    """What it means that the last tick was so many seconds ago. Pure."""
    advice = "start the hub (`virtadmin up`), or `virtadmin beat` where it runs apart; exactly one"
    if ago is None:
        return fail("no tick yet", advice)
    if ago < -LATE:
        return fail(f"the last tick is dated {-ago:.0f} s ahead, and none came since the clock was put back", advice)
    return fail(f"the last tick was {ago:.0f} s ago", advice) if ago > LATE else ok(f"ticked {ago:.0f} s ago")


def rounds(asked: Asked) -> Finding:
    """When results came last, of servers and of websites."""
    now = asked.clock()
    shortest = shortest_intervals(now)
    return rounds_judge(results_known(), shortest, now) if shortest else skip("no server and no website is to be asked")


def rounds_judge(known: Mapping[str, float], shortest: Mapping[str, int], now: float) -> Finding:
    """What it means that results were saved last then, in Unix seconds. Pure."""
    times = [f"of {what} {now - known[what]:.0f} s ago" if what in known else f"of {what} never" for what in shortest]
    said = f"results were saved last {', '.join(times)}"
    if idle_judge(known, shortest, now):
        return fail(said, "look at the workers' log: they do not ask, or cannot save what they hear")
    return ok(said)


def servers(asked: Asked) -> Finding:
    """Which servers fail, by stage."""
    states = ServerState.objects.filter(server__enabled=True, server__enrolled=True)
    return servers_judge(states.values_list("status", "status_reason"))


def servers_judge(states: Iterable[tuple[str, str]]) -> Finding:
    """What the states of all servers mean. Pure."""
    known = list(states)
    failing = Counter(reason.partition(":")[0] or "unknown" for status, reason in known if status == "down")
    if not failing:
        return ok(f"{len(known)} watched, none is lost")
    said = ", ".join(f"{count} {stage.replace('_', ' ')}" for stage, count in failing.most_common())
    said = f"{sum(failing.values())} of {len(known)} are lost: {said}"
    if sum(failing.values()) > MANY * len(known):
        return warn(said, "look at one of each kind in the pages: its reason says what to do")
    return ok(said)


CHECKS = (
    Check("processes", processes, ("database", "migrations")),
    Check("workers", workers, ("valkey",)),
    Check("beat", beat, ("valkey",)),
    Check("rounds", rounds, ("database", "migrations", "valkey")),
    Check("servers", servers, ("database", "migrations")),
)
