"""Which websites are to be checked, and what is asked of each."""

import logging
from collections.abc import Iterator, Sequence

from django.db.models import QuerySet

from virtadmin.collector.due import Appointment
from virtadmin.collector.websites.checks import Question
from virtadmin.core.secrets import UnreadableSecret
from virtadmin.metrics.series import website_subject
from virtadmin.websites.models import Url, UrlState
from virtadmin.websites.requests import request_of

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
    first, so that they need not wait for a turn behind those that hang."""
    found: list[Question] = []
    for start in range(0, len(url_ids), IDS):
        urls = Url.objects.filter(pk__in=url_ids[start : start + IDS], enabled=True)
        found += [_question(url, number) for url in _readable(urls)]
    failing = set(UrlState.objects.filter(url_id__among=url_ids, failures__gt=0).values_list("url_id", flat=True))
    return sorted(found, key=lambda question: question.url_id in failing)


def _readable(urls: QuerySet[Url]) -> Iterator[Url]:
    """The websites; one whose secrets cannot be read costs the others nothing, and comes without its own."""
    try:
        yield from list(urls)
    except UnreadableSecret as error:
        logger.error("%s", error)
        yield from urls.defer("password", "secret_headers")


def _question(url: Url, number: int) -> Question:
    try:
        return Question(url.pk, number, request_of(url))
    except UnreadableSecret:
        return Question(url.pk, number, None, UNREADABLE)
    except Exception:
        logger.exception("website %d cannot be checked", url.pk)
        return Question(url.pk, number, None, ODD)
