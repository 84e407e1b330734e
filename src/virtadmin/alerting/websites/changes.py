"""A website shows another certificate: told once, for information."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from virtadmin.accounts.models import User
from virtadmin.alerting.contracts import UrlSeen
from virtadmin.alerting.rules.quiet import held_back
from virtadmin.alerting.rules.recipients import audiences
from virtadmin.alerting.subject import URL, Subject
from virtadmin.alerting.watched import watched_read
from virtadmin.alerting.websites.facts import INCIDENTS, about
from virtadmin.alerting.websites.judging import CERTIFICATE, RENEWED_LONGEST
from virtadmin.notifications import rendering
from virtadmin.notifications.models import Notification
from virtadmin.notifications.services import Draft, notifications_create
from virtadmin.websites.models import Url

NAMED = 20
"""Websites that a message lists; of the others it says how many they are."""
INFO = Notification.Level.INFO


def changes_tell(changed: Sequence[UrlSeen], at: datetime) -> None:
    """Tell that these certificates are others now. That of a website that is silenced, in maintenance or paused is not
    told at all: there is no incident that could tell it later. Those that the same people are told of are one message.
    """
    by_subject = {Subject(URL, news.url_id): news for news in changed}
    held = held_back([(subject, CERTIFICATE) for subject in by_subject], at)
    told = {subject: news for subject, news in by_subject.items() if (subject, CERTIFICATE) not in held}
    if not told:
        return
    urls = {key: row for key, row in watched_read(told, enabled=True).items() if isinstance(row, Url)}
    people: dict[tuple[int, ...], list[User]] = {}
    together: dict[tuple[int, ...], list[Subject]] = defaultdict(list)
    for subject, audience in audiences(urls).items():
        key = tuple(person.pk for person in audience)
        people[key] = audience
        together[key].append(subject)
    drafts = [_draft([(urls[one], told[one]) for one in some], people[key], at) for key, some in together.items()]
    notifications_create(drafts=drafts, now=at)


def _draft(changed: Sequence[tuple[Url, UrlSeen]], audience: Sequence[User], at: datetime) -> Draft:
    url, news = changed[0]
    if len(changed) == 1:
        facts = _facts(url, news) | {"since": at.isoformat()}
        thread = f"certificate-{url.pk}"
        return Draft("certificate_changed", INFO, audience, facts, url_id=url.pk, severity=INFO, thread=thread)
    named = [rendering.cleaned(_facts(*one)) for one in changed[:NAMED]]
    more = len(changed) - len(named)
    listed: Mapping[str, Any] = {"changed": named, "count": len(changed), "more": more, "page": INCIDENTS}
    return Draft("certificates_changed", INFO, audience, dict(listed), severity=INFO)


def _facts(url: Url, news: UrlSeen) -> dict[str, Any]:
    return about(url) | {"renewed": news.renewed[:RENEWED_LONGEST]}
