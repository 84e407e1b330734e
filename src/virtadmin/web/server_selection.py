"""Which servers the first page lists, and how."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import QueryDict

from virtadmin.accounts.models import User
from virtadmin.servers.models import Server, ServerState
from virtadmin.web import selection
from virtadmin.web.condition import LIMITED, WORDS, Condition
from virtadmin.web.listing import COLUMNS
from virtadmin.web.selection import Rows, Selection, overdue

VIEWS = {"table": "Table", "tiles": "Tiles"}
GROUPS = {"none": "One list", "tag": "By tag"}
_CROSSED = Q(*[(f"threshold__{name}_notified", True) for name in LIMITED], _connector=Q.OR)


@dataclass(frozen=True, slots=True)
class Filters(selection.Filters):
    """What was asked for in the address bar, and how it is shown."""

    view: str = "table"
    group: str = "none"

    @classmethod
    def of(cls, query: QueryDict, kept: str = "") -> "Filters":
        """As the address says; how it is shown, where it does not say, as it was kept (`Filters.kept`) last time."""
        view, _, group = kept.partition(".")
        view, group = query.get("view", view), query.get("group", group)
        return cls(*cls.common(query), view if view in VIEWS else "table", group if group in GROUPS else "none")

    @property
    def kept(self) -> str:
        """How the list is shown, to be remembered."""
        return f"{self.view}.{self.group}"


def _decided(now: datetime) -> dict[Condition, Q]:
    status = ServerState.Status
    return {
        Condition.PAUSED: Q(enabled=False),
        Condition.DOWN: Q(state__status=status.DOWN),
        Condition.PENDING: Q(state__status=status.PENDING) | Q(state=None),
        Condition.STALE: overdue("state__last_update", now),
        Condition.OVER: _CROSSED,
        Condition.UNKNOWN: Q(state__status=status.UNKNOWN),
    }


SERVERS = Selection(Server, "servers", ("name", "ip_address"), WORDS, _decided)


def servers_found(user: User, filters: selection.Filters, now: datetime) -> Rows:
    """The servers this person may see and asked for, with what the list orders them by."""
    rows: Rows = SERVERS.found(user, filters, now).annotate(link_found=F("state__facts__link_speed"))
    return rows


def servers_listed(user: User, filters: selection.Filters, now: datetime) -> QuerySet[Any, dict[str, Any]]:
    """`listing.COLUMNS` of the servers this person may see and asked for, the troubled ones first, then by name."""
    found: QuerySet[Any, dict[str, Any]] = (
        servers_found(user, filters, now).order_by("trouble", "name", "pk").values(*COLUMNS, "trouble")
    )
    return found
