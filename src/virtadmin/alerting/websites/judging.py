"""From what checks of websites say to events. Pure: the clock is passed in.

An expiring certificate is an incident of its own, and never makes a website down.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from virtadmin.alerting.contracts import UrlSeen
from virtadmin.alerting.evaluation import CRITICAL, WARNING, Change, Reason
from virtadmin.alerting.judging import Event, Open
from virtadmin.alerting.models import Incident
from virtadmin.alerting.subject import URL, Subject
from virtadmin.alerting.websites.certificates import DAY, warned_from

URL_DOWN, CERTIFICATE = Incident.Kind.URL_DOWN.value, Incident.Kind.CERTIFICATE_EXPIRY.value
SAME = 1.0
"""Seconds that two times of expiry may differ by and be the same: one of them may have been stored with less digits."""
RENEWED_LONGEST = 1000


@dataclass(slots=True)
class UrlVerdict:
    """What a batch of checks comes to."""

    events: list[Event] = field(default_factory=list)
    moved: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What is now known of the certificates of open incidents, by the incidents' ids."""
    changed: list[UrlSeen] = field(default_factory=list)
    """Certificates that changed, where no event tells it."""


def urls_judge(seen: Iterable[UrlSeen], found: Open, now: float) -> UrlVerdict:
    """Judge the newest news of each website. Told again they mean nothing."""
    verdict = UrlVerdict()
    for news in {one.url_id: one for one in seen}.values():
        subject = Subject(URL, news.url_id)
        _down(verdict, news, subject, found.get((subject, URL_DOWN)))
        _expiry(verdict, news, subject, found.get((subject, CERTIFICATE)), now)
    return verdict


def _down(verdict: UrlVerdict, news: UrlSeen, subject: Subject, incident: Incident | None) -> None:
    if news.down and incident is None:
        verdict.events.append(
            Event(
                Change.OPEN, subject, URL_DOWN, Reason.CROSSED,
                stage=news.stage, reason=news.reason, hint=news.hint, context={"status": news.status},
            )
        )  # fmt: skip
    elif news.down is False and incident:
        verdict.events.append(Event(Change.CLOSE, subject, URL_DOWN, Reason.RECOVERED, incident=incident))


def _expiry(verdict: UrlVerdict, news: UrlSeen, subject: Subject, incident: Incident | None, now: float) -> None:
    change, why = _expires(news, incident, now) if incident else _begins(news, now)
    known = {"expires": news.expires, "lifetime": news.lifetime}
    if change != Change.NONE:
        is_over = news.expires is not None and news.expires <= now
        verdict.events.append(
            Event(
                change, subject, CERTIFICATE, why,
                level=incident.level if incident and change == Change.CLOSE else CRITICAL if is_over else WARNING,
                incident=incident,
                value=None if news.expires is None else round((news.expires - now) / DAY, 2),
                context=known | {"renewed": news.renewed[:RENEWED_LONGEST]} if news.expires is not None else {},
            )
        )  # fmt: skip
    elif incident and news.expires is not None and not _is_same(news.expires, incident):
        verdict.moved[incident.pk] = known
    if news.renewed and news.expires is not None and not (change == Change.CLOSE and why == Reason.RECOVERED):
        verdict.changed.append(news)


def _begins(news: UrlSeen, now: float) -> tuple[Change, Reason]:
    if news.expires is None or now < warned_from(news.expires, news.lifetime):
        return Change.NONE, Reason.BELOW
    return Change.OPEN, Reason.CROSSED


def _expires(news: UrlSeen, incident: Incident, now: float) -> tuple[Change, Reason]:
    if news.expires is None:
        # No certificate any more, or nobody wants to be reminded. While it is down, none may have been seen at all.
        return (Change.CLOSE, Reason.OFF) if news.down is False else (Change.NONE, Reason.UNKNOWN)
    if news.expires > max(known_expiry(incident) + SAME, now):
        return Change.CLOSE, Reason.RECOVERED
    if incident.level == WARNING and news.expires <= now:
        return Change.RISE, Reason.CRITICAL
    return Change.NONE, Reason.STILL_OVER


def known_expiry(incident: Incident) -> float:
    """When the certificate of the incident expires, Unix seconds."""
    return float(incident.context.get("expires", 0))


def _is_same(expires: float, incident: Incident) -> bool:
    return abs(expires - known_expiry(incident)) <= SAME
