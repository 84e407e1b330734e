"""What checks of websites mean for incidents: pure, for any sequence of them."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.alerting.conftest import START
from virtadmin.alerting.contracts import UrlSeen
from virtadmin.alerting.evaluation import CRITICAL, WARNING, Change, Reason
from virtadmin.alerting.judging import Event
from virtadmin.alerting.models import Incident
from virtadmin.alerting.subject import URL, Subject
from virtadmin.alerting.websites.certificates import DAY, warned_from
from virtadmin.alerting.websites.judging import CERTIFICATE, SAME, URL_DOWN, known_expiry, urls_judge

SITE = Subject(URL, 7)
Found = dict[tuple[Subject, str], Incident]
days = st.floats(-5, 90)
checks = st.tuples(
    st.sampled_from([None, True, False]),
    st.none() | days,
    st.sampled_from([None, 6 * DAY, 90 * DAY]),
    st.floats(0, 30 * DAY),
)


def seen(down: bool | None, expires: float | None, lifetime: float | None, **more: str) -> UrlSeen:
    return UrlSeen(SITE.pk, down, expires=expires, lifetime=lifetime, **more)


def happen(found: Found, event: Event) -> None:
    """As the tables would have it."""
    key = (event.subject, event.kind)
    if event.change == Change.OPEN:
        assert key not in found, "nothing opens twice"
        found[key] = Incident(
            pk=len(found) + 1, url_id=7, kind=event.kind, level=event.level, context={**event.context}
        )
    elif event.change == Change.RISE:
        found[key].level = event.level
        found[key].context = {**event.context}
    else:
        assert found.pop(key) is event.incident


@given(sequence=st.lists(checks, max_size=30))
def test_openings_and_ends_alternate_and_the_same_told_again_changes_nothing(
    sequence: list[tuple[bool | None, float | None, float | None, float]],
) -> None:
    found: Found = {}
    now = START
    for down, left, lifetime, pause in sequence:
        now += pause
        news = seen(down, None if left is None else now + left * DAY, lifetime)
        verdict = urls_judge([news], found, now)
        assert len({event.kind for event in verdict.events}) == len(verdict.events)
        for event in verdict.events:
            happen(found, event)
        for incident in found.values():
            incident.context = verdict.moved.get(incident.pk or 0, incident.context)
        renewed = [event for event in verdict.events if (event.kind, event.change) == (CERTIFICATE, Change.CLOSE)]
        if not renewed:  # what follows a renewed one that expires soon too, opens at the next check
            again = urls_judge([news, news], found, now)
            assert not again.events
            assert not again.moved
        agree(found, news, now, is_new=bool(renewed))


def agree(found: Found, news: UrlSeen, now: float, *, is_new: bool) -> None:
    if news.down is not None:
        assert ((SITE, URL_DOWN) in found) == news.down
    if news.expires is not None and not is_new:
        expiring = found.get((SITE, CERTIFICATE))
        if now >= warned_from(news.expires, news.lifetime):
            assert expiring
            assert abs(known_expiry(expiring) - news.expires) <= SAME
            assert expiring.level == CRITICAL or news.expires > now
    if news.expires is None and news.down is False:
        assert (SITE, CERTIFICATE) not in found


@given(left=days, lifetime=st.sampled_from([None, 6 * DAY, 90 * DAY]))
def test_an_expiring_certificate_never_makes_a_website_down(left: float, lifetime: float | None) -> None:
    expires = START + left * DAY
    verdict = urls_judge([seen(False, expires, lifetime)], {}, START)
    assert {event.kind for event in verdict.events} <= {CERTIFICATE}
    assert all(event.level == (CRITICAL if expires <= START else WARNING) for event in verdict.events)


def test_a_change_is_told_unless_an_end_tells_it() -> None:
    news = seen(False, START + 80 * DAY, 90 * DAY, renewed="The issuer is another.")
    assert urls_judge([news], {}, START).changed == [news]
    old = Incident(pk=1, url_id=7, kind=CERTIFICATE, level=WARNING, context={"expires": START + DAY})
    verdict = urls_judge([news], {(SITE, CERTIFICATE): old}, START)
    assert not verdict.changed
    (event,) = verdict.events
    assert (event.change, event.why, event.context["renewed"]) == (Change.CLOSE, Reason.RECOVERED, news.renewed)
    unasked = replace(news, expires=None)
    assert not urls_judge([unasked], {}, START).changed, "nobody wants to hear of its certificate"


def test_another_certificate_that_ends_sooner_moves_what_is_open() -> None:
    old = Incident(pk=1, url_id=7, kind=CERTIFICATE, level=WARNING, context={"expires": START + 9 * DAY})
    verdict = urls_judge([seen(False, START + 5 * DAY, 90 * DAY)], {(SITE, CERTIFICATE): old}, START)
    assert not verdict.events
    assert verdict.moved == {1: {"expires": START + 5 * DAY, "lifetime": 90 * DAY}}


def test_while_a_website_is_down_its_certificate_may_not_be_seen() -> None:
    old = Incident(pk=1, url_id=7, kind=CERTIFICATE, level=WARNING, context={"expires": START + 9 * DAY})
    found = {(SITE, CERTIFICATE): old}
    for down in (None, True):
        events = urls_judge([seen(down, None, None)], found, START).events
        assert not [event for event in events if event.kind == CERTIFICATE]
    (event,) = urls_judge([seen(False, None, None)], found, START).events
    assert (event.change, event.why) == (Change.CLOSE, Reason.OFF)
