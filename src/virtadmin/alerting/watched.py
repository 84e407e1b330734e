"""Servers and websites read for what is told of them."""

from collections.abc import Collection

from virtadmin.alerting.subject import SERVER, URL, Subject, Watched, subject_of
from virtadmin.servers.models import Server
from virtadmin.websites.models import Url

SECRETS = ("secret_headers", "password")


def watched_read(
    subjects: Collection[Subject], *, enabled: bool = False, state: bool = False
) -> dict[Subject, Watched]:
    """Those that there are, a website with its server. One query for each of both.

    `enabled`: without what is paused. `state`: with their newest states. Secrets are left out: they are no business of
    a message, and slow to decrypt.
    """
    by_what = {what: [subject.pk for subject in subjects if subject.what == what] for what in (SERVER, URL)}
    wanted = {"enabled": True} if enabled else {}
    found: list[Watched] = []
    if by_what[SERVER]:
        servers = Server.objects.filter(pk__in=by_what[SERVER], **wanted).defer("private_key")
        found += servers.select_related("state") if state else servers
    if by_what[URL]:
        urls = Url.objects.filter(pk__in=by_what[URL], **wanted).defer(*SECRETS, "server__private_key")
        found += urls.select_related("server", "state") if state else urls.select_related("server")
    return {subject_of(row): row for row in found}
