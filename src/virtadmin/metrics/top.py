"""The heaviest processes of a server, asked when a limit is crossed."""

from dataclasses import dataclass

from virtadmin.metrics.answer import BadSample, body, numbers, printable

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Process:
    """A process by its name; its arguments are never asked for, they may hold secrets."""

    name: str
    cpu_percent: float
    """Of one processor."""
    rss_mib: float


def parse_top(answer: bytes) -> list[Process]:
    """The processes in the probe's answer to `top`, as it orders them. Raises BadSample, and nothing else.

    Lines: `interval SECONDS clk_tck TICKS_A_SECOND`, then `process PID TICKS RSS_KIB NAME`.
    """
    head, *rows = body(answer, "top") or [""]
    ticks = _ticks(head.split())
    found = []
    for row in rows:
        words = row.split(" ", 4)
        if words[0] == "process" and len(words) == 5:
            try:
                _, used, rss = numbers(words[1:4])
            except ValueError:
                continue
            found.append(Process(printable(words[4], 64), round(100 * used / ticks, 1), round(rss / 1024, 1)))
    return found[:SHOWN]


def _ticks(head: list[str]) -> float:
    """Clock ticks one processor had between the two looks."""
    try:
        word, seconds, _, rate = head
        ticks = float(seconds) * float(rate)
    except ValueError:
        word, ticks = "", 0.0
    if word != "interval" or not 1e-3 < ticks < 1e9:
        raise BadSample("The answer does not say over which time the processes were looked at.")
    return ticks
