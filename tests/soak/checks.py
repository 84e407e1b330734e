"""What has to be so once everything is healed. Each check says what is wrong; nothing where all is well."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from uuid import UUID

from bench.processes import pss_mb, tree
from tests.soak.clocks import JUMP
from tests.soak.hosts import PORT
from tests.soak.logs import Was, explained, tracebacks
from tests.soak.world import World

SETTLE_SECONDS = 900
"""Longer than a dead worker is waited for (2 min), and than a delivery waits after its third failure (10 min)."""
TOLD_SECONDS = 20.0
"""Between two lines about what is still awaited."""
LOOKS = 6
"""So many times in a row, two seconds apart, has all of it to be so: two ticks of the hub."""
GROWTH, GROWTH_MB = 1.3, 60.0
"""A process may have grown by this factor and so many MB: threads, caches and connections that first use brings."""
BROKEN_OFF = frozenset({"kill a worker", "pause a process", "database away", "broker away", JUMP})
"""Faults in which a message may have been handed over without that being written down, or in time by each clock."""
IN_FLIGHT = 15.0
"""Seconds around such a fault in which that may have happened."""
BUSY = "i.kind = 'cpu_usage' AND now.cpu_usage > 90"
"""An open incident that is true: the hosts' CPU is this machine's, and no limit is above 100 %."""
Check = Callable[[], str]


def settling(world: World, healed: float) -> dict[str, Check]:
    """What may take its time."""
    return {
        "every process runs": lambda: ", ".join(part.name for part in world.parts.values() if not part.pid),
        "limits are as they were": lambda: "" if world.limits_set() else "the hub does not take them",
        "every host is polled again": lambda: ", ".join(sorted({*world.hosts} - world.polled_since(healed))),
        "no incident is open": lambda: _rows(
            world,
            "SELECT i.id, i.kind, s.name, i.stage, i.value FROM alerting_incident i"
            " JOIN servers_server s ON s.id = i.server_id JOIN servers_serverstate now ON now.server_id = s.id"
            f" WHERE i.open_key IS NOT NULL AND NOT ({BUSY})",
        ),
        "nobody is still to be told": lambda: _rows(
            world, "SELECT incident_id, what, state, hold FROM alerting_telling WHERE state IN ('waiting', 'held')"
        ),
        "no message is on its way": lambda: _rows(
            world,
            "SELECT id, channel, status, attempts, error FROM notifications_delivery"
            " WHERE status IN ('pending', 'claimed', 'failed')",
        ),
        "one connection a host": lambda: channels(world),
        "nothing is of the future": lambda: of_the_future(world),
    }


def _rows(world: World, question: str) -> str:
    return "; ".join(str(row) for row in world.ask(question)[:5])


FUTURE = {
    "states": "SELECT max(unix_timestamp(last_update)) FROM servers_serverstate",
    "openings": "SELECT max(unix_timestamp(opened)) FROM alerting_incident",
    "ends": "SELECT max(unix_timestamp(closed)) FROM alerting_incident",
    "messages": "SELECT max(unix_timestamp(timestamp)) FROM notifications_notification",
}
"""The newest of its kind, in unix time; the server's zone is UTC. History is not among them: nobody knows which of two
clocks was right, so no point is deleted."""
SKEW = 2.0


def of_the_future(world: World) -> str:
    """What is kept with a time that is still to come."""
    now = time.time() + SKEW
    newest = {what: float(world.ask(question)[0][0] or 0) for what, question in FUTURE.items()}
    return ", ".join(f"{what}: {at - now:.0f} s ahead" for what, at in newest.items() if at > now)


def channels(world: World) -> str:
    """The hosts that the hub has not exactly one connection to."""
    found = Counter[str]()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, _, remote, state = line.split()[:4]
        address, port = remote.split(":")
        if state == "01" and int(port, 16) == PORT:
            found[".".join(str(byte) for byte in reversed(bytes.fromhex(address)))] += 1
    wrong = {name: found[host.address] for name, host in world.hosts.items() if found[host.address] != 1}
    return ", ".join(f"{name}: {count}" for name, count in wrong.items())


def settle(world: World, healed: float) -> dict[str, str]:
    """Wait until all of it is so, or the time is over; what is wrong then, by check."""
    checks = settling(world, healed)
    wrong: dict[str, str] = {}

    def is_settled() -> bool:
        wrong.clear()
        wrong.update({name: _asked(check) for name, check in checks.items()})
        return not any(wrong.values())

    begun = told = time.monotonic()
    looks = 0
    while looks < LOOKS and time.monotonic() < begun + SETTLE_SECONDS:
        looks = looks + 1 if is_settled() else 0
        if wrong and time.monotonic() >= told + TOLD_SECONDS:
            told = time.monotonic()
            left = "; ".join(f"{name}: {said[:200]}" for name, said in wrong.items() if said)
            print(f"  {told - begun:6.1f} s  not yet: {left or 'well, but only just'}")
        world.wait(2)
    return wrong


def _asked(check: Check) -> str:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - what cannot be asked is not so yet
        return f"{type(error).__name__}: {error}"


def final(world: World, faults: Sequence[Was], before: dict[str, float], after: dict[str, float]) -> dict[str, str]:
    """What is so or not, however long one waits."""
    return {
        "each incident is told once, and its end": told_once(world),
        "each message came by email": mailed(world),
        "no email came twice without a reason": doubled(world, faults),
        "each line came into its server's log": logged(world, faults),
        "no incident ends before it begins": _rows(
            world, "SELECT id, kind, opened, closed FROM alerting_incident WHERE closed < opened"
        ),
        "there was something to tell": "" if world.mails.came else "no email came",
        "no process grew without bound": grown(before, after),
        "no traceback without a reason": unexplained(world, faults),
        "no process ended by itself": ended(world, faults),
    }


def told_once(world: World) -> str:
    """Incidents that were not told as they should: opening and end, or neither where it was over before."""
    people: dict[tuple[int, int], list[tuple[str, str]]] = defaultdict(list)
    rows = world.ask("SELECT incident_id, recipient_id, what, state FROM alerting_telling")
    for incident, person, what, state in rows:
        if what in ("opened", "closed"):
            people[incident, person].append((what, state))
    is_open = dict(world.ask("SELECT id, open_key IS NOT NULL FROM alerting_incident"))
    wrong = [f"{pk}: nobody was to be told" for pk in is_open.keys() - {incident for incident, _ in people}]
    for (incident, _), tellings in people.items():
        states = dict(tellings)
        if len(states) != len(tellings) or {*states.values()} not in ({"told"}, {"dropped"}) or "opened" not in states:
            wrong.append(f"{incident}: {tellings}")
        elif states["opened"] == "told" and "closed" not in states and not is_open[incident]:
            wrong.append(f"{incident}: its end was not told")
    return "; ".join(wrong[:5])


def mailed(world: World) -> str:
    """Messages that came by no email, and emails that are no message's."""
    rows = world.ask(
        "SELECT DISTINCT n.uid FROM notifications_notification n JOIN alerting_telling t ON t.notification_id = n.id"
    )
    all_rows = world.ask("SELECT uid FROM notifications_notification")
    wanted, known = ({str(UUID(str(uid))) for (uid,) in found} for found in (rows, all_rows))
    came = {mark.partition("@")[0]: world.mails.subjects[mark] for mark in world.mails.came}
    lost, odd = sorted(wanted - {*came}), [came[uid] for uid in {*came} - known]
    said = [f"{len(lost)} did not come: {lost[:3]}"] if lost else []
    return "; ".join([*said, *(f"of no message: {subject}" for subject in odd[:3])])


def logged(world: World, faults: Sequence[Was]) -> str:
    """The hosts in whose logs lines are missing, or are there twice though nothing broke off the writing of them."""
    rows = world.ask(
        "SELECT s.name, count(*) FROM notifications_delivery d JOIN notifications_notification n"
        " ON n.id = d.notification_id JOIN servers_server s ON s.id = n.server_id"
        " WHERE d.channel = 'server_log' AND d.status = 'sent' GROUP BY s.name"
    )
    told = {str(name): int(count) for name, count in rows}
    there = {name: len(host.log_lines()) for name, host in world.hosts.items()}
    doubles = sum(was.fault in BROKEN_OFF for was in faults)
    wrong = [name for name in there if not 0 <= there[name] - told.get(name, 0) <= doubles]
    return ", ".join(f"{name}: {there[name]} lines of {told.get(name, 0)}" for name in wrong)


def doubled(world: World, faults: Sequence[Was]) -> str:
    """Emails that came twice though no fault broke off what wrote down that they had been sent."""
    wrong = [mark for mark, times in world.mails.came.items() if len(times) > 1 and not _broken_off(times, faults)]
    return "; ".join(f"{world.mails.subjects[mark]}: {len(world.mails.came[mark])} times" for mark in wrong[:5])


def _broken_off(times: Sequence[float], faults: Sequence[Was]) -> bool:
    """Whether after each copy but the last such a fault was on, or began at once."""
    spans = [(was.begin - IN_FLIGHT, was.end + IN_FLIGHT) for was in faults if was.fault in BROKEN_OFF]
    return all(any(begin <= at <= end for begin, end in spans) for at in times[:-1])


def memory(world: World) -> dict[str, float]:
    """Proportional set size of each part in MB."""
    return {part.name: pss_mb(tree(part.pid)) for part in world.parts.values() if part.pid}


def grown(before: dict[str, float], after: dict[str, float]) -> str:
    """The parts that take much more than they did."""
    most = {name: mb * GROWTH + GROWTH_MB for name, mb in before.items()}
    wrong = [name for name, mb in after.items() if mb > most[name]]
    return ", ".join(f"{name}: {before[name]:.0f} → {after[name]:.0f} MB" for name in wrong)


def unexplained(world: World, faults: Sequence[Was]) -> str:
    """Tracebacks that no fault explains."""
    found = chain.from_iterable(tracebacks(part.log) for part in world.parts.values())
    wrong = [one for one in found if not explained(one, faults)]
    return "; ".join(f"{one.part} at {_clock(one.at)}: {one.error}" for one in wrong[:8])


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(at))


def ended(world: World, faults: Sequence[Was]) -> str:
    """Parts that ended though nobody killed them and neither broker nor disk nor database was away."""
    away = ("broker away", "disk full", "database away")
    spans = [(was.begin, was.end + IN_FLIGHT) for was in faults if was.fault in away]
    ends = [(part.name, at, status) for part in world.parts.values() for at, status in part.own_ends]
    wrong = [(name, status) for name, at, status in ends if not any(begin <= at <= end for begin, end in spans)]
    return ", ".join(f"{name} with status {status}" for name, status in wrong)


def summary(world: World, faults: Sequence[Was]) -> str:
    """What happened, in figures."""
    [(incidents,)] = world.ask("SELECT count(*) FROM alerting_incident")
    [(messages,)] = world.ask("SELECT count(*) FROM notifications_notification")
    emails = sum(map(len, world.mails.came.values()))
    twice = emails - len(world.mails.came)
    [(lines,)] = world.ask(
        "SELECT count(*) FROM notifications_delivery WHERE channel = 'server_log' AND status = 'sent'"
    )
    said = f"{len(faults)} faults, {incidents} incidents, {messages} messages"
    return f"{said}, {emails} emails ({twice} of them twice), {lines} lines in servers' logs"
