"""What /metrics says of websites: the newest check of each, under the names blackbox_exporter has for them."""

from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from django.db.models import QuerySet

from virtadmin.metrics.exposition.instances import instances
from virtadmin.metrics.exposition.text import Page, Voice
from virtadmin.websites.models import Url


class Checked(NamedTuple):
    """What is needed of a website that is not paused."""

    pk: int
    uri: str
    name: str
    failures: int
    last_check: datetime | None
    status_code: int | None
    milliseconds: float | None
    expires: datetime | None


FIELDS = (
    "pk", "uri", "name", "state__failures", "state__last_check", "state__status_code", "state__details__phases__total",
    "state__ssl_expiration_date",
)  # fmt: skip


def websites_say(urls: QuerySet[Url], written: Page) -> None:
    """Say what is known of the websites, none of them paused. It has no time: what a check found holds until the next,
    and one that is made once a day would else be gone from every graph in between."""
    rows = [Checked(*row) for row in urls.filter(state__last_check__isnull=False).values_list(*FIELDS)]
    called = instances({row.pk: (without_secrets(row.uri), row.name or f"#{row.pk}") for row in rows})
    for row in rows:
        voice = Voice(written, called[row.pk])
        voice.say("probe_success", 0 if row.failures else 1)
        voice.say("probe_http_status_code", row.status_code or 0)
        if row.milliseconds is not None:
            voice.say("probe_duration_seconds", round(row.milliseconds / 1000, 5))
        if row.expires:
            voice.say("probe_ssl_earliest_cert_expiry", int(row.expires.timestamp()))


def without_secrets(uri: str) -> str:
    """The address without user info, query and fragment, which may hold what is nobody else's to know."""
    parts = urlsplit(uri)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
