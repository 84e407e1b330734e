"""Open pages hear how runs and imports go on."""

from virtadmin.core.bus import publish
from virtadmin.servers.models import ImportRow


def run_said(profile_id: int, *, step: str, line: str, status: str) -> None:
    """A line of a run's log, for those who follow the run."""
    publish(f"profile:{profile_id}", {"step": step, "line": line, "status": status})


def run_moved(profile_id: int) -> None:
    """The run is at another step, or over: the page of the import it belongs to, if any, is to be drawn anew."""
    row = ImportRow.objects.filter(profile_id=profile_id).values_list("batch_id", "batch__owner_id").first()
    if row:
        import_moved(*row)


def import_moved(batch_id: int, owner_id: int) -> None:
    """Hosts were looked at, or a run moved."""
    publish("imports", {"id": batch_id, "user": owner_id})
