"""A status page as JSON, for programs that show it in their own way. Pure."""

import json
from datetime import datetime
from typing import Any

from virtadmin.statuspages.snapshot import Line, Outage, Planned, Snapshot


def document(shown: Snapshot) -> str:
    """The whole page."""
    return json.dumps(
        {
            "title": shown.title,
            "state": shown.state,
            "summary": shown.sentence,
            "uptime": shown.uptime,
            "as_of": _moment(shown.now),
            "entries": [_line(line) for line in shown.lines],
            "outages": [_outage(outage) for outage in shown.outages],
            "maintenance": [_planned(planned) for planned in shown.planned],
        },
        ensure_ascii=False,
    )


def _line(line: Line) -> dict[str, Any]:
    return {"name": line.name, "state": line.state, "uptime": line.uptime}


def _outage(outage: Outage) -> dict[str, Any]:
    ended = outage.ended
    seconds = int((ended - outage.began).total_seconds()) if ended else None
    return {
        "name": outage.name,
        "partly": outage.several,
        "began": _moment(outage.began),
        "ended": _moment(ended) if ended else None,
        "seconds": seconds,
    }


def _planned(planned: Planned) -> dict[str, Any]:
    """`entries`: null stands for all."""
    return {
        "starts": _moment(planned.starts),
        "ends": _moment(planned.ends),
        "entries": [*planned.names] or None,
    }


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
