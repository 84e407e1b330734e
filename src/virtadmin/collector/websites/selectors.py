"""Which websites are to be checked, and what is asked of each."""

import logging
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from virtadmin.collector.due import Appointment
from virtadmin.collector.websites.checks import Question
from virtadmin.core.secrets import UnreadableSecret
from virtadmin.metrics.series import website_subject
from virtadmin.websites.forgetting import ASKED
from virtadmin.websites.models import Url, UrlState
from virtadmin.websites.requests import request_made

logger = logging.getLogger(__name__)
IDS = 500
"""Websites a query: their pages of settings are not all in memory at once."""
UNREADABLE = "Its password or secret headers cannot be read: SECRETS_KEY is not the one they were saved with."
ODD = "What is set for it cannot be asked."


def checks_planned() -> list[Appointment]:
    """Every website that is not paused, under its subject."""
    rows = UrlState.objects.filter(url__enabled=True).values_list("url_id", "url__interval", "status", "retry_at")
    return [
        Appointment(
            website_subject(url_id),
            interval,
            pending=status == UrlState.Status.PENDING,
            lost=status == UrlState.Status.DOWN,
            retry_at=retry_at,
        )
        for url_id, interval, status, retry_at in rows
    ]


def is_enabled(url_id: int) -> bool:
    """Whether the website is there and not paused."""
    return Url.objects.filter(pk=url_id, enabled=True).exists()


def questions(url_ids: Sequence[int], number: int) -> list[Question]:
    """What to ask of the websites in the round of this number, paused and deleted ones left out; those that are well
    first, so that they need not wait for a turn behind those that hang.

    Plain values are read: a website is asked every few seconds, and to make an object of it took twice as long.
    """
    found: list[Question] = []
    failing: set[int] = set()
    for start in range(0, len(url_ids), IDS):
        urls = Url.objects.filter(pk__among=url_ids[start : start + IDS], enabled=True, state__isnull=False)
        for row in _readable(urls.order_by("pk")):
            found.append(_question(row, number))
            if row["state__failures"]:
                failing.add(row["pk"])
    return sorted(found, key=lambda question: question.url_id in failing)


def _readable(urls: QuerySet[Url]) -> list[dict[str, Any]]:
    """What is set of the websites; one whose secrets cannot be read costs the others nothing, and comes without its
    own."""
    try:
        return list(urls.values("pk", "state__revision", "state__failures", *ASKED))
    except UnreadableSecret as error:
        logger.error("%s", error)
        return [row for pk in urls.values_list("pk", flat=True) for row in _alone(urls.filter(pk=pk))]


def _alone(url: QuerySet[Url]) -> list[dict[str, Any]]:
    columns = ("pk", "state__revision", "state__failures")
    try:
        return list(url.values(*columns, *ASKED))
    except UnreadableSecret:
        return list(url.values(*columns))


def _question(row: dict[str, Any], number: int) -> Question:
    pk, revision = row["pk"], row["state__revision"]
    if "secret_headers" not in row:
        return Question(pk, number, None, UNREADABLE, revision)
    try:
        return Question(pk, number, request_made(row), revision=revision)
    except Exception:
        logger.exception("website %d cannot be checked", pk)
        return Question(pk, number, None, ODD, revision)
