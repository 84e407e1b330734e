"""What a website would be known by after one check that was only tried. Pure."""

from datetime import UTC, datetime

from virtadmin.collector.websites.ingest import plain
from virtadmin.collector.websites.states import PHRASE_LENGTH, details, response_time
from virtadmin.metrics.answer import printable
from virtadmin.websites.check.outcome import Outcome
from virtadmin.websites.models import UrlState


def state_tried(outcome: Outcome) -> UrlState:
    """The state a website would have after that check alone, believed at once; it is not for saving."""
    shown = plain(outcome.certificate) if outcome.certificate else {}
    return UrlState(
        status=UrlState.Status.DOWN if outcome.stage else UrlState.Status.UP,
        status_reason=f"{outcome.stage}: {outcome.reason}" if outcome.stage else "",
        status_code=outcome.status,
        status_code_message=printable(outcome.phrase, PHRASE_LENGTH),
        response_time=response_time(outcome),
        details=details(outcome),
        certificate=shown,
        ssl_start_date=datetime.fromtimestamp(shown["begins"], UTC) if shown else None,
        ssl_expiration_date=datetime.fromtimestamp(shown["expires"], UTC) if shown else None,
    )
