"""Days as bars: how high says how much of a day a website was up. Pure; drawn by SVG attributes, as our pages allow no
inline style.

Colour is never needed: a day that was up is a whole bar; of one with an outage a piece is cut off at the top, with a
gap beneath it; a day in maintenance alone is dashed; one of which nothing is known is a stub.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from virtadmin.web.figures import duration
from virtadmin.websites.uptime import Spent, total

HEIGHT, WIDTH, PITCH = 20, 3, 4
LEAST_CUT, LEAST_LEFT = 5, 3
"""Units of height that the shortest outage takes, and that are left of the longest one that did not last all day."""
GRAVE = 0.05
"""From this share of the day on an outage is drawn as a grave one."""
NAMED = 3
"""Days with an outage that the text names; of more it tells how many."""


class Kind(StrEnum):
    """How a day is drawn."""

    UP = "up"
    DENTED = "dented"
    DOWN = "down"
    HELD = "held"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Day:
    """One day (UTC) of a website."""

    day: date
    spent: Spent

    @property
    def kind(self) -> Kind:
        spent = self.spent
        if spent.down:
            return Kind.DOWN if _share(spent) >= GRAVE else Kind.DENTED
        if spent.up:
            return Kind.UP
        return Kind.HELD if spent.held else Kind.NONE

    @property
    def name(self) -> str:
        """Such as "Thu 26 Nov"."""
        return f"{self.day:%a %-d %b}"

    @property
    def text(self) -> str:
        """The exact figures: "98.21 % up, down for 26 min"."""
        spent = self.spent
        parts = [f"{percent(spent.percent)} up" if spent.percent is not None else ""]
        parts += [f"down for {duration(spent.down)}" if spent.down else ""]
        parts += [f"down for {duration(spent.held)} in maintenance" if spent.held else ""]
        return ", ".join(part for part in parts if part) or "nothing known"


def days_of(known: Mapping[date, Spent], last: date, count: int) -> list[Day]:
    """So many days up to the last, the oldest first."""
    days = (last - timedelta(days=back) for back in reversed(range(count)))
    return [Day(day, known.get(day, Spent())) for day in days]


def percent(value: float | None) -> str:
    """`100 %`, `99.98 %`: never rounded up to what it is not."""
    if value is None:
        return "–"
    return "100 %" if value == 100 else f"{int(value * 100) / 100:.2f} %"


def strip(days: Sequence[Day]) -> str:
    """The bars of these days as markup, with the same in words."""
    paths: dict[str, list[str]] = {}
    for index, one in enumerate(days):
        for name, path in _bar(one, index * PITCH + WIDTH / 2):
            paths.setdefault(name, []).append(path)
    drawn = "".join(f'<path class="{name}" d="{"".join(parts)}"/>' for name, parts in paths.items())
    width = PITCH * len(days) - (PITCH - WIDTH)
    return (
        f'<svg class="strip" viewBox="0 0 {width} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{said(days)}">{drawn}</svg>'
    )


def bar(day: Day) -> str:
    """One day's bar; what it says stands beside it."""
    drawn = "".join(f'<path class="{name}" d="{path}"/>' for name, path in _bar(day, WIDTH / 2))
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">{drawn}</svg>'


def said(days: Sequence[Day]) -> str:
    """What the bars show, in a sentence."""
    spent = total(one.spent for one in days)
    if spent.percent is None:
        return f"Last {len(days)} days: nothing known yet"
    bad = [one.name for one in reversed(days) if one.spent.down]
    more = f" and {len(bad) - NAMED} more days" if len(bad) > NAMED else ""
    outages = f"; outages on {', '.join(bad[:NAMED])}{more}" if bad else ""
    return f"Last {len(days)} days: {percent(spent.percent)} up{outages}"


def _bar(day: Day, x: float) -> list[tuple[str, str]]:
    """Classes and paths of one bar whose middle is at `x`."""
    kind = day.kind
    if kind == Kind.NONE:
        return [("none", f"M{x:g} {HEIGHT}v-2")]
    if kind in (Kind.UP, Kind.HELD):
        return [(kind, f"M{x:g} {HEIGHT}V0")]
    if not day.spent.up:
        return [("down", f"M{x:g} {HEIGHT}V0")]
    cut = max(LEAST_CUT, min(HEIGHT - LEAST_LEFT - 2, round(_share(day.spent) * HEIGHT)))
    return [("up", f"M{x:g} {HEIGHT}V{cut + 2}"), (kind, f"M{x:g} {cut}V0")]


def _share(spent: Spent) -> float:
    return spent.down / (spent.up + spent.down)
