"""A certificate that expires: told at each step once, risen at its end, over when it is renewed."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.alerting.sites import DAY, MONTHS, Sites
from virtadmin.accounts.models import User
from virtadmin.alerting.attending import incident_acknowledge, incident_unacknowledge
from virtadmin.alerting.models import CertificateChange, Incident, MaintenanceWindow, Silence, Telling
from virtadmin.alerting.websites.certificates import STEPS
from virtadmin.notifications.models import Notification
from virtadmin.websites.models import Url, UrlState

pytestmark = pytest.mark.usefixtures("valkey")
HOUR = 3600.0
NAME = "shop000.example.org"


def live(sites: Sites, expires: float, days: float, every: float = 6 * HOUR, lifetime: float = MONTHS) -> None:
    """Checks and the task run for so many days."""
    end = sites.now + days * DAY
    while sites.now < end:
        sites.see(expires=expires, lifetime=lifetime)
        sites.wait(every, every=every)


def expiring(*days: str) -> list[str]:
    return [f"{NAME}: the certificate expires in {left}" for left in days]


def notified() -> bool:
    return UrlState.objects.get().ssl_expiration_date_notified


def test_each_step_is_told_once_and_its_end_and_that_it_is_renewed(alice: User) -> None:
    sites = Sites(alice)
    expires = sites.now + 25 * DAY
    live(sites, expires, 3.5)
    assert not sites.titles()
    assert not notified()
    live(sites, expires, 24)
    told = [*expiring("21 days", "14 days", "7 days", "3 days", "24 hours")]
    assert sites.titles() == [*told, f"Critical: the certificate of {NAME} has expired"]
    assert [row.level for row in sites.told()] == ["warning"] * 5 + ["critical"]
    assert len({row.thread for row in sites.told()}) == 1
    assert notified()
    live(sites, expires, 2)
    assert len(sites.titles()) == 6, "it is not repeated after its end"
    sites.certified(90 * DAY, renewed="The certificate was renewed.")
    assert sites.titles()[6:] == [f"Recovered: {NAME} has a new certificate"]
    assert "What changed: The certificate was renewed." in sites.told()[6].description
    assert not notified()
    assert Incident.objects.get().ending == "recovered"


def test_of_a_short_lived_certificate_only_the_last_day_counts(alice: User) -> None:
    sites = Sites(alice)
    live(sites, sites.now + 6 * DAY, 6.5, lifetime=6 * DAY)
    assert sites.titles() == [*expiring("24 hours"), f"Critical: the certificate of {NAME} has expired"]


def test_a_website_that_is_new_to_the_hub_is_told_where_it_stands(alice: User) -> None:
    sites = Sites(alice)
    sites.certified(5 * DAY)
    assert sites.titles() == expiring("5 days")
    sites.see(sites.ids, expires=sites.now - 1)
    assert Incident.objects.get().level == "critical"


def test_what_has_expired_when_it_is_first_seen_is_critical_at_once(alice: User) -> None:
    sites = Sites(alice)
    sites.certified(-DAY)
    sites.wait(10 * DAY, every=DAY)
    assert sites.titles() == [f"Critical: the certificate of {NAME} has expired"]
    assert sites.told()[0].level == "critical"


def test_when_the_hub_was_off_only_the_newest_step_is_told(alice: User) -> None:
    sites = Sites(alice)
    expires = sites.now + 20 * DAY
    sites.see(expires=expires, lifetime=MONTHS)
    sites.now += 18 * DAY  # off
    live(sites, expires, 0.5)
    assert sites.titles() == expiring("20 days", "2 days")
    live(sites, expires, 1)
    assert sites.titles()[2:] == expiring("24 hours")


def test_when_the_hub_was_off_until_after_the_end_only_the_end_is_told(alice: User) -> None:
    sites = Sites(alice)
    expires = sites.now + 20 * DAY
    sites.see(expires=expires, lifetime=MONTHS)
    sites.now += 30 * DAY
    sites.wait(60)
    sites.see(expires=expires, lifetime=MONTHS)
    sites.wait(60)
    assert sites.titles() == [*expiring("20 days"), f"Critical: the certificate of {NAME} has expired"]


def test_acknowledged_nobody_is_reminded_until_it_is_taken_back(alice: User) -> None:
    sites = Sites(alice)
    expires = sites.now + 20 * DAY
    sites.see(expires=expires, lifetime=MONTHS)
    incident_acknowledge(incident=Incident.objects.get(), actor=alice)
    live(sites, expires, 15)
    assert len(sites.titles()) == 1
    incident_unacknowledge(incident=Incident.objects.get(), actor=alice)
    Incident.objects.update(next_repeat=sites.at)  # as it would be by the clock of these tests
    sites.wait(60)
    assert sites.titles()[1:] == expiring("5 days")


def test_reminders_switched_off_leave_the_steps(alice: User, settings: Any) -> None:
    settings.REPEAT_HOURS = 0
    sites = Sites(alice)
    live(sites, sites.now + 15 * DAY, 2)
    assert sites.titles() == expiring("15 days", "14 days")


def test_silenced_the_newest_step_is_told_afterwards(alice: User) -> None:
    sites = Sites(alice)
    expires = sites.now + 22 * DAY
    live(sites, expires, 2)
    silence = Silence.objects.create(owner=alice, url_id=sites.ids[0], starts=sites.at)
    live(sites, expires, 14)
    assert len(sites.titles()) == 1
    silence.delete()
    sites.wait(60)
    assert sites.titles()[1:] == expiring("6 days")


def test_risen_while_silenced_is_one_message_afterwards(alice: User) -> None:
    sites = Sites(alice)
    expires = sites.now + 2 * DAY
    sites.see(expires=expires, lifetime=MONTHS)
    silence = Silence.objects.create(owner=alice, kind="certificate_expiry", starts=sites.at)
    live(sites, expires, 3)
    silence.delete()
    sites.wait(60)
    assert sites.titles()[1:] == [f"Critical: the certificate of {NAME} has expired"]


def test_paused_or_not_asked_for_any_more_it_ends_quietly(alice: User) -> None:
    sites = Sites(alice)
    for field in ("check_ssl", "enabled"):
        Notification.objects.all().delete()
        sites.certified(5 * DAY)
        sites.wait(60)
        assert notified()
        url = Url.objects.get()
        setattr(url, field, False)
        url.save(update_fields=[field])
        assert not Incident.objects.filter(closed=None).exists()
        assert not notified()
        sites.wait(60)
        assert len(sites.titles()) == 1
        Url.objects.update(check_ssl=True, enabled=True)


def test_reminders_that_are_not_wanted_close_it_by_the_next_check(alice: User) -> None:
    sites = Sites(alice)
    sites.certified(5 * DAY)
    sites.see(expires=None)
    assert Incident.objects.get().ending == "not_measured"
    assert not notified()
    assert len(sites.titles()) == 1


def test_many_that_expire_together_are_one_message_a_step(alice: User) -> None:
    sites = Sites(alice, 40)
    expires = sites.now + 15 * DAY
    for start in range(0, 40, 10):
        sites.see(sites.ids[start : start + 10], expires=expires, lifetime=MONTHS)
        sites.wait(5)
    sites.wait(120)
    assert sites.titles() == [
        "The certificates of 10 websites expire soon",
        "The certificates of 30 websites expire soon",
    ]
    sites.wait(DAY, every=HOUR)
    assert sites.titles()[2:] == ["The certificates of 40 websites expire soon"]
    assert "- and 20 more" in sites.told()[2].description
    sites.certified(90 * DAY)
    assert sites.titles()[3:] == ["Recovered: 40 websites have new certificates"]


def test_a_changed_certificate_is_told_once_for_information(alice: User, bob: User, team: Any) -> None:
    sites = Sites(alice, 3)
    Url.objects.get(pk=sites.ids[0]).groups.add(team)
    sites.certified(80 * DAY, renewed="The issuer was A and is B now.")
    sites.wait(25)
    assert sites.titles() == [], "there may be more"
    sites.wait(60)
    assert sites.titles(bob) == [f"{NAME} has another certificate"]
    assert "What changed: The issuer was A and is B now." in sites.told(bob)[0].description
    assert sites.titles() == [
        "3 websites have other certificates: shop000.example.org, shop001.example.org, shop002.example.org"
    ]
    assert {row.level for row in sites.told()} == {"info"}
    assert not Incident.objects.exists()
    assert not CertificateChange.objects.exists()


def test_a_shared_certificate_that_is_renewed_is_one_message_however_its_websites_are_checked(alice: User) -> None:
    sites = Sites(alice, 120)
    for start in range(0, 120, 10):
        sites.see(sites.ids[start : start + 10], expires=sites.now + 90 * DAY, renewed="It is another one.")
        sites.wait(5)
    sites.wait(120)
    assert sites.titles() == ["120 websites have other certificates"]
    assert "- and 100 more" in sites.told()[0].description


def test_changes_that_go_on_and_on_are_told_every_five_minutes(alice: User) -> None:
    sites = Sites(alice, 40)
    for pk in sites.ids:
        sites.see([pk], expires=sites.now + 90 * DAY, renewed="It is another one.")
        sites.wait(15)
    assert [title.partition(" ")[0] for title in sites.titles()] == ["20", "20"]


def test_a_change_is_told_to_nobody_who_may_not_see_it_by_then(alice: User, bob: User, team: Any) -> None:
    sites = Sites(alice)
    url = Url.objects.get()
    url.groups.add(team)
    sites.certified(80 * DAY, renewed="It is another one.")
    assert CertificateChange.objects.filter(recipient=bob).exists()
    url.groups.clear()
    User.objects.filter(pk=alice.pk).update(is_active=False)
    sites.wait(60)
    assert sites.titles() == sites.titles(bob) == []
    assert not CertificateChange.objects.exists()


def test_a_certificate_changed_in_maintenance_is_what_was_meant(alice: User) -> None:
    sites = Sites(alice)
    window = MaintenanceWindow(owner=alice, name="all", zone="UTC", date=sites.at.date(), start=sites.at.time())
    window.save()
    sites.certified(80 * DAY, renewed="It was renewed.")
    assert not sites.titles()


steps_seen = st.one_of(
    st.tuples(st.just("see"), st.floats(0.1, 30)),
    st.tuples(st.just("renew"), st.floats(0.5, 90)),
    st.tuples(st.just("off"), st.floats(0.1, 10)),
    st.tuples(st.just("down"), st.just(0.0)),
    st.tuples(st.just("silence"), st.sampled_from([0.0, 1.0])),
)


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(sequence=[("renew", 20.0), ("see", 25.0), ("renew", 90.0)])
@example(sequence=[("renew", 20.0), ("silence", 1.0), ("see", 25.0), ("silence", 0.0), ("see", 1.0)])
@given(sequence=st.lists(steps_seen, max_size=12))
def test_flag_incidents_and_messages_agree_whatever_happens(sequence: list[tuple[str, float]], alice: User) -> None:
    for leftovers in (Notification, Url, Silence):
        leftovers.objects.all().delete()
    sites = Sites(alice)
    expires = sites.now + 90 * DAY
    for what, how in sequence:
        if what == "see":
            live(sites, expires, how, every=24 * HOUR)
        elif what == "renew":
            expires = max(expires, sites.now + how * DAY)
            sites.see(expires=expires, lifetime=MONTHS)
        elif what == "off":
            sites.now += how * DAY
        elif what == "down":
            sites.fall(stage="refused", expires=expires, lifetime=MONTHS)
        else:
            Silence.objects.all().delete()
            if how:
                Silence.objects.create(owner=alice, url_id=sites.ids[0], starts=sites.at)
        agree()
    Silence.objects.all().delete()
    sites.wait(300)
    assert not Telling.objects.filter(state__in=Telling.PENDING).exists(), "nothing stays untold for ever"
    agree()


def agree() -> None:
    opened = Incident.objects.filter(closed=None)
    assert notified() == opened.filter(kind="certificate_expiry").exists()
    for incident in Incident.objects.filter(kind="certificate_expiry"):
        told = list(incident.tellings.filter(state="told").values_list("what", flat=True))
        assert told.count("opened") <= 1
        assert told.count("risen") <= 1
        assert told.count("closed") <= 1
        assert told.count("repeated") < len(STEPS)
        assert "opened" in told or not told
