"""A website shows another certificate: told once, for information, together with others that do."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from virtadmin.accounts.models import User
from virtadmin.alerting.contracts import UrlSeen
from virtadmin.alerting.models import CertificateChange
from virtadmin.alerting.rules.coverage import person_of, sees, subjects_placed
from virtadmin.alerting.rules.quiet import held_back
from virtadmin.alerting.rules.recipients import audiences
from virtadmin.alerting.subject import URL, Subject
from virtadmin.alerting.telling.joining import Piece, Stream, bundles
from virtadmin.alerting.watched import watched_read
from virtadmin.alerting.websites.facts import INCIDENTS, about
from virtadmin.alerting.websites.judging import CERTIFICATE, RENEWED_LONGEST
from virtadmin.core.upsert import upsert
from virtadmin.notifications import rendering
from virtadmin.notifications.models import Notification
from virtadmin.notifications.services import Draft, notifications_create
from virtadmin.websites.models import Url

NAMED = 20
"""Websites that a message lists; of the others it says how many they are."""
INFO = Notification.Level.INFO
Changed = tuple[int, str, datetime]
"""A website by key, how its certificate differs, and when that was noticed."""


def changes_notice(changed: Sequence[UrlSeen], at: datetime) -> None:
    """Note that these certificates are others now, for those who are to be told. That of a website that is silenced, in
    maintenance or paused is not told at all: there is no incident that could tell it later."""
    if not changed:
        return
    by_subject = {Subject(URL, news.url_id): news for news in changed}
    held = held_back([(subject, CERTIFICATE) for subject in by_subject], at)
    told = {subject: news for subject, news in by_subject.items() if (subject, CERTIFICATE) not in held}
    if not told:
        return
    rows = [
        CertificateChange(url_id=subject.pk, recipient=person, text=told[subject].renewed[:RENEWED_LONGEST], noticed=at)
        for subject, people in audiences(watched_read(told, enabled=True)).items()
        for person in people
    ]
    upsert(CertificateChange, rows, ["url", "recipient"], ["text"])


def changes_tell(now: datetime) -> None:
    """Tell each person what was noticed and gathers no more, in one message; in the caller's transaction."""
    rows = {row.pk: row for row in CertificateChange.objects.select_for_update().order_by("pk")}
    pieces = [Piece(row.pk, row.recipient_id, Stream.CHANGED, 0, row.noticed) for row in rows.values()]
    messages = [[rows[piece.id] for piece in some] for some in bundles(pieces, {}, {}, now)]
    if not messages:
        return
    urls = {row.url_id for some in messages for row in some}
    watched = watched_read({Subject(URL, pk) for pk in urls}, enabled=True)
    people = User.objects.filter(pk__in={some[0].recipient_id for some in messages}, is_active=True)
    alike = _alike(messages, watched, {person.pk: person for person in people.prefetch_related("groups")})
    by_id = {row.pk: row for row in watched.values() if isinstance(row, Url)}
    drafts = [
        _draft([(by_id[pk], text) for pk, text, _ in content], told, content[0][2]) for content, told in alike.items()
    ]
    notifications_create(drafts=drafts, now=now)
    CertificateChange.objects.filter(pk__in=[row.pk for some in messages for row in some]).delete()


def _alike(
    messages: Iterable[Sequence[CertificateChange]], watched: Mapping[Subject, Any], people: Mapping[int, User]
) -> Mapping[tuple[Changed, ...], list[User]]:
    """Who is told what. Those who are told the same share it; nobody is told of what they may not see any more."""
    placed = subjects_placed(watched)
    alike: dict[tuple[Changed, ...], list[User]] = defaultdict(list)
    for some in messages:
        person = people.get(some[0].recipient_id)
        seen = person_of(person) if person else None
        where = [(row, placed.get(Subject(URL, row.url_id))) for row in some]
        content = tuple(
            (row.url_id, row.text, row.noticed) for row, place in where if seen and place and sees(seen, place)
        )
        if person and content:
            alike[content].append(person)
    return alike


def _draft(changed: Sequence[tuple[Url, str]], audience: Sequence[User], at: datetime) -> Draft:
    url, text = changed[0]
    if len(changed) == 1:
        facts = _facts(url, text) | {"since": at.isoformat()}
        thread = f"certificate-{url.pk}"
        return Draft("certificate_changed", INFO, audience, facts, url_id=url.pk, severity=INFO, thread=thread)
    named = [rendering.cleaned(_facts(*one)) for one in changed[:NAMED]]
    more = len(changed) - len(named)
    listed: Mapping[str, Any] = {"changed": named, "count": len(changed), "more": more, "page": INCIDENTS}
    return Draft("certificates_changed", INFO, audience, dict(listed), severity=INFO)


def _facts(url: Url, text: str) -> dict[str, Any]:
    return about(url) | {"renewed": text}
