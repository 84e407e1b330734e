"""A server's page: numbers, limits, settings, removal."""

import asyncio
import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import asyncssh
import pytest
import redis
from django.contrib.auth.models import Group

from tests.web.conftest import SignIn
from tests.web.fleet import FACTS, watched
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, Silence, Threshold, ThresholdTemplate
from virtadmin.core.errors import NotAllowed
from virtadmin.metrics.capacity import Capacity
from virtadmin.metrics.catalogue import CATALOGUE
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.store import history
from virtadmin.metrics.top import Process
from virtadmin.metrics.trend import Forecast
from virtadmin.notifications.models import Notification
from virtadmin.servers import services
from virtadmin.servers.models import EnrolmentLog, InitialServerProfile, Server, ServerState, Tag
from virtadmin.web import server_charts
from virtadmin.web.views import server_deeds

LIMITS = {
    "cpu_usage": "70", "ram_usage": "80", "hdd_usage": "90", "network_in_usage": "80", "network_out_usage": "80",
    "window": "0",
}  # fmt: skip


def test_it_shows_everything_known_of_it(alice: User, web1: Server, sign_in: SignIn) -> None:
    EnrolmentLog.objects.create(server=web1, text="Signed in as root")
    page = sign_in(alice).get(f"/servers/{web1.pk}/").content.decode()
    for text in (
        "web1", "23 %", "of 4 cores", "of 7.8 GiB", "limit 80 %", "4.2 Mb/s", "link speed not known", "Swap", "Inodes",
        "/srv/data", "1.8 TiB", "eth0", "vda", "cpu3", "Debian GNU/Linux 12", "web people", "41 d 19 h",
        "CPU: waiting for disks", "0.84  1.2  0.97", "Signed in as root", "Its limits are off",
    ):  # fmt: skip
        assert text in page, text


def test_what_it_hangs_on_is_named_to_those_who_see_that(
    alice: User, bob: User, web1: Server, now: datetime, sign_in: SignIn
) -> None:
    web1.parent = watched(alice, "hidden-host", "192.0.2.77", now)
    web1.save()
    assert "hidden-host" in sign_in(alice).get(f"/servers/{web1.pk}/").content.decode()
    page = sign_in(bob).get(f"/servers/{web1.pk}/").content.decode()
    assert [word for word in ("hidden-host", "192.0.2.77", "Hangs on") if word in page] == []


def test_with_a_link_speed_the_network_is_shares_with_limits(alice: User, now: datetime, sign_in: SignIn) -> None:
    server = watched(alice, "fast", "192.0.2.20", now, facts={**FACTS, "link_speed": 10})
    page = sign_in(alice).get(f"/servers/{server.pk}/").content.decode()
    assert "42 %" in page
    assert "4.2 of 10 Mb/s" in page
    assert "limits are off" not in page
    assert page.count('id="limit-network_in_usage"') == 1


def test_a_server_never_asked_has_a_page_too(alice: User, now: datetime, sign_in: SignIn) -> None:
    server = Server.objects.create(owner=alice, name="new", ip_address="192.0.2.21")
    page = sign_in(alice).get(f"/servers/{server.pk}/").content.decode()
    assert "waiting" in page
    assert 'id="limits"' not in page


@pytest.mark.parametrize("path", ["", "settings/", "remove/"])
def test_strangers_get_404_and_viewers_may_look_alone(
    path: str, web1: Server, alice: User, bob: User, charlie: User, sign_in: SignIn
) -> None:
    codes = [sign_in(who).get(f"/servers/{web1.pk}/{path}").status_code for who in (alice, bob, charlie)]
    assert codes == [200, 200 if path == "" else 403, 404]


@pytest.mark.parametrize("path", ["limits/", "pause/", "host-key/", "remove/", "settings/"])
def test_only_those_who_may_change_it_do(path: str, web1: Server, bob: User, charlie: User, sign_in: SignIn) -> None:
    answers = [sign_in(who).post(f"/servers/{web1.pk}/{path}", LIMITS).status_code for who in (bob, charlie)]
    assert answers == [403, 404]


def test_a_viewer_is_offered_nothing_to_change(bob: User, web1: Server, sign_in: SignIn) -> None:
    page = sign_in(bob).get(f"/servers/{web1.pk}/").content.decode()
    assert "80 %" in page
    for offer in ("Pause", "Settings", "Remove", "Save"):
        assert f">{offer}<" not in page


def test_limits_are_changed_in_place_and_reset(alice: User, web1: Server, sign_in: SignIn) -> None:
    client = sign_in(alice)
    page = client.post(f"/servers/{web1.pk}/limits/", LIMITS, follow=True).content.decode()
    assert "The new limit is judged" in page
    threshold = Threshold.objects.get(server=web1)
    assert (threshold.cpu_usage, threshold.hdd_usage, threshold.window) == (70, 90, 0)
    client.post(f"/servers/{web1.pk}/limits/", {**LIMITS, "reset": "1"})
    threshold.refresh_from_db()
    assert (threshold.cpu_usage, threshold.window) == (80, 300)


def test_a_limit_out_of_range_is_told_and_what_was_typed_stays(alice: User, web1: Server, sign_in: SignIn) -> None:
    answer = sign_in(alice).post(f"/servers/{web1.pk}/limits/", {**LIMITS, "cpu_usage": "101"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="101"' in page
    assert "less than or equal to 100" in page
    assert Threshold.objects.get(server=web1).cpu_usage == 80


IN_PLACE = {"HX-Request": "true", "HX-Target": "form#limit-cpu_usage"}


def test_one_limit_is_changed_where_it_stands(alice: User, web1: Server, sign_in: SignIn) -> None:
    client, path = sign_in(alice), f"/servers/{web1.pk}/limits/"
    answer = client.post(path, {"cpu_usage": "70"}, headers=IN_PLACE)
    assert answer.headers["HX-Trigger"] == "limits"
    form = answer.content.decode()
    assert form.startswith('<form id="limit-cpu_usage"')
    assert 'data-limit="70"' in form
    assert "set here" in form
    threshold = Threshold.objects.get(server=web1)
    assert (threshold.cpu_usage, threshold.ram_usage, threshold.overridden) == (70, 80, ["cpu_usage"])


def test_a_wrong_limit_is_told_where_it_stands(alice: User, web1: Server, sign_in: SignIn) -> None:
    answer = sign_in(alice).post(f"/servers/{web1.pk}/limits/", {"cpu_usage": "0"}, headers=IN_PLACE)
    assert answer.status_code == 422
    form = answer.content.decode()
    assert 'data-limit="80"' in form
    assert 'value="0"' in form
    assert "greater than or equal to 1" in form


def test_one_limit_is_put_back_and_the_others_stay(alice: User, web1: Server, sign_in: SignIn) -> None:
    client, path = sign_in(alice), f"/servers/{web1.pk}/limits/"
    client.post(path, {"cpu_usage": "70", "ram_usage": "60"})
    tag = Tag.objects.create(name="shop")
    web1.tags.add(tag)
    ThresholdTemplate.objects.create(owner=alice, name="Shops", tag=tag, cpu_usage=65)
    form = client.post(path, {"cpu_usage": "70", "reset": "1"}, headers=IN_PLACE).content.decode()
    assert "template Shops" in form
    assert 'data-limit="65"' in form
    threshold = Threshold.objects.get(server=web1)
    assert (threshold.cpu_usage, threshold.ram_usage, threshold.overridden) == (65, 60, ["ram_usage"])
    client.post(path, {"reset": "1"})
    threshold.refresh_from_db()
    assert (threshold.ram_usage, threshold.overridden) == (80, [])


def test_every_limit_is_on_the_page_once(alice: User, web1: Server, sign_in: SignIn) -> None:
    page = sign_in(alice).get(f"/servers/{web1.pk}/").content.decode()
    assert [page.count(f'id="limit-{name}"') for name in LIMITS] == [1] * len(LIMITS)


def test_charts_are_of_what_the_server_has(alice: User, web1: Server, sign_in: SignIn) -> None:
    page = sign_in(alice).get(f"/servers/{web1.pk}/?range=7d&from=100&to=200").content.decode()
    for text in (
        "chart-cpu",
        "chart-disk-space",
        "chart-mount-1",
        'data-zoom-from="100"',
        "data-newest",
        "31 % of 1.8 TiB",
    ):
        assert text in page, text
    assert "chart-link-use" not in page


def test_without_scripts_the_numbers_are_in_the_page(alice: User, web1: Server, now: datetime, sign_in: SignIn) -> None:
    history().write([(web1.pk, Observation(now.timestamp() - 60, {"cpu_usage": 33.0}, {}))])
    client, path = sign_in(alice), f"/servers/{web1.pk}/"
    assert "numbers=1" in client.get(path).content.decode()
    page = client.get(f"{path}?numbers=1").content.decode()
    assert '<td class="n mean">33 %</td>' in page


def test_what_runs_out_when_is_worked_out_once_in_a_while(
    alice: User, web1: Server, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def capacity(pk: int, more: object, now: float) -> Capacity:
        asked.append(pk)
        return Capacity(Forecast(21.0, 14.0, 30.0, 0.9), {"/": Forecast(9.0, 7.0, 12.0, 0.9)})

    monkeypatch.setattr(server_charts, "server_capacity", capacity)
    client = sign_in(alice)
    for _ in range(2):
        page = client.get(f"/servers/{web1.pk}/").content.decode()
        assert "55 % of 78 GiB. Full in about 9 days (95 % sure: 7 to 12 days)." in page
        assert "Full in about 3 weeks (95 % sure: 2 to 5 weeks)." in page
    assert asked == [web1.pk]

    def away(key: str) -> None:
        raise redis.ConnectionError("gone")

    monkeypatch.setattr(server_charts.cache, "get", away)
    assert "about 9 days" in client.get(f"/servers/{web1.pk}/").content.decode()
    assert asked == [web1.pk] * 2


def test_a_fragment_looks_at_no_past(
    alice: User, web1: Server, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(alice)
    with django_assert_max_num_queries(8):
        client.get(f"/servers/{web1.pk}/", headers={"HX-Request": "true", "HX-Target": "section#now"})


def test_its_incidents_are_acknowledged_from_here(alice: User, web1: Server, sign_in: SignIn) -> None:
    client = sign_in(alice)
    assert "None yet. When a limit" in client.get(f"/servers/{web1.pk}/").content.decode()
    row = Incident.objects.create(server=web1, kind="cpu_usage", open_key=f"{web1.pk}:cpu_usage", value=91.0, limit=80)
    Incident.objects.create(server=web1, kind="lost", closed=row.opened, opened=row.opened)
    page = client.get(f"/servers/{web1.pk}/").content.decode()
    assert "CPU at 91 %, limit 80 %" in page
    answer = client.post(f"/incidents/{row.pk}/acknowledge/", {"at_server": "1"})
    assert answer.headers["Location"] == f"/servers/{web1.pk}/#here"
    assert Incident.objects.get(pk=row.pk).acknowledged_by == alice


def test_it_is_silenced_for_a_while(alice: User, bob: User, web1: Server, sign_in: SignIn) -> None:
    client, path = sign_in(alice), f"/servers/{web1.pk}/silence/"
    page = client.post(path, {"seconds": "28800"}, follow=True).content.decode()
    assert "Nobody is told of it: silenced until" in page
    client.post(path, {"seconds": "3600"})
    silence = Silence.objects.get()
    assert silence.ends
    assert silence.ends - silence.starts == timedelta(hours=8)
    assert sign_in(bob).post(path, {}).status_code == 403


def test_a_silence_that_is_refused_is_told(
    alice: User, web1: Server, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**given: object) -> None:
        raise NotAllowed("Not this one.")

    monkeypatch.setattr(server_deeds, "watched_silence", refuse)
    page = sign_in(alice).post(f"/servers/{web1.pk}/silence/", {}, follow=True).content.decode()
    assert "Not this one." in page


def test_its_processes_are_asked_for(
    alice: User, charlie: User, web1: Server, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, path = sign_in(alice), f"/servers/{web1.pk}/processes/"
    monkeypatch.setattr(server_deeds, "processes_now", lambda pk: [Process("my<sql", 180.2, 900.0)])
    page = client.get(path).content.decode()
    assert "Processes of" in page
    fragment = client.get(path, headers={"HX-Request": "true", "HX-Target": "section#processes"}).content.decode()
    for text in ("my&lt;sql", "180 %", "900 MiB", "Ask again"):
        assert text in page, text
        assert text in fragment, text
    assert "<html" not in fragment
    assert sign_in(charlie).get(path).status_code == 404


def test_why_processes_cannot_be_told_is_said(
    alice: User, web1: Server, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, path = sign_in(alice), f"/servers/{web1.pk}/processes/"
    assert "No worker is running." in client.get(path).content.decode()
    monkeypatch.setattr(server_deeds, "processes_now", lambda pk: [])
    assert "It named none." in client.get(path).content.decode()
    Server.objects.update(enabled=False)
    assert "It is paused" in client.get(path).content.decode()


def test_a_server_without_limits_has_none_to_change(alice: User, sign_in: SignIn) -> None:
    server = Server.objects.create(owner=alice, name="new", ip_address="192.0.2.21")
    assert sign_in(alice).post(f"/servers/{server.pk}/limits/", LIMITS).status_code == 404


def test_it_is_paused_and_resumed(alice: User, web1: Server, sign_in: SignIn) -> None:
    client = sign_in(alice)
    page = client.post(f"/servers/{web1.pk}/pause/", {"enabled": "0"}, follow=True).content.decode()
    assert "paused" in page
    assert not Server.objects.get().enabled
    client.post(f"/servers/{web1.pk}/pause/", {"enabled": "1"})
    assert Server.objects.get().enabled


def test_settings_are_saved_and_refused_beside_their_field(alice: User, web1: Server, sign_in: SignIn) -> None:
    client, path = sign_in(alice), f"/servers/{web1.pk}/settings/"
    sent = {
        "name": "front", "tags": "shop, production,", "interval": "10", "link_speed": "1000",
        "metrics_enabled": ["cpu_usage", "uptime"],
    }  # fmt: skip
    assert client.post(path, sent).headers["Location"] == f"/servers/{web1.pk}/"
    web1.refresh_from_db()
    assert (web1.name, web1.interval, web1.link_speed) == ("front", 10, 1000)
    assert [tag.name for tag in web1.tags.all()] == ["production", "shop"]
    assert {*CATALOGUE.names()} - {*web1.metrics_disabled} == {"cpu_usage", "uptime"}
    assert 'value="production, shop"' in client.get(path).content.decode()
    page = client.post(path, {**sent, "tags": "x" * 60}).content.decode()
    assert "50 characters at most" in page
    page = client.post(path, {**sent, "metrics_enabled": []}).content.decode()
    assert "Tick one at least" in page


def test_settings_share_it_and_say_what_it_hangs_on(
    alice: User, bob: User, web1: Server, now: datetime, sign_in: SignIn
) -> None:
    friends, strangers = (Group.objects.create(name=name) for name in ("friends", "strangers"))
    alice.groups.add(friends)
    host, foreign = watched(alice, "host", "192.0.2.9", now), watched(bob, "foreign", "192.0.2.10", now)
    client, path = sign_in(alice), f"/servers/{web1.pk}/settings/"
    page = client.get(path).content.decode()
    assert "friends" in page
    assert "strangers" not in page
    assert "foreign" not in page
    sent = {"name": "web1", "interval": "60", "metrics_enabled": CATALOGUE.names()}
    client.post(path, {**sent, "groups": [friends.pk], "parent": host.pk})
    web1.refresh_from_db()
    assert (web1.parent, list(web1.groups.all())) == (host, [friends])
    for wrong in ({"groups": [strangers.pk]}, {"parent": foreign.pk}, {"parent": web1.pk}):
        assert "Select a valid choice" in client.post(path, {**sent, **wrong}).content.decode()
    web1.groups.add(strangers)
    web1.parent = foreign  # an admin did that
    web1.save()
    page = client.get(path).content.decode()
    assert "strangers" in page, "it is shared with them, which the owner may keep"
    assert "foreign" not in page, "it is not named to who may not see it"
    client.post(path, {**sent, "groups": [friends.pk, strangers.pk]})
    web1.refresh_from_db()
    assert (web1.parent, web1.groups.count()) == (foreign, 2)


def test_a_server_that_moved_is_found_by_its_key(
    alice: User, web1: Server, ssh_port: tuple[int, str], sign_in: SignIn
) -> None:
    port, fingerprint = ssh_port
    client, path = sign_in(alice), f"/servers/{web1.pk}/move/"
    answer = client.post(path, {"ip_address": "127.0.0.1", "port": port})
    assert answer.status_code == 422
    page = unescape(answer.content.decode())
    assert "another server" in page
    assert fingerprint in page
    assert 'value="web1"' in page, "the settings are still there"
    [shown] = services.host_keys_fetch(actor=alice, ip_address="127.0.0.1", port=port)
    Server.objects.filter(pk=web1.pk).update(host_keys=shown.public)
    page = client.post(path, {"ip_address": "127.0.0.1", "port": port}, follow=True).content.decode()
    assert "is asked at 127.0.0.1 from now on" in page
    assert Server.objects.get(pk=web1.pk).port == port


def test_where_nobody_answers_is_told_beside_its_field(alice: User, web1: Server, sign_in: SignIn) -> None:
    answer = sign_in(alice).post(f"/servers/{web1.pk}/move/", {"ip_address": "127.0.1.250", "port": "22"})
    assert answer.status_code == 422
    assert 'id="id_port_error"' in answer.content.decode()


def test_a_changed_host_key_is_an_alarm_with_a_way_out(alice: User, now: datetime, sign_in: SignIn) -> None:
    server = watched(
        alice, "moved", "127.0.0.1", now, status="down", reason="host_key_changed: It shows another key than before."
    )
    client = sign_in(alice)
    page = client.get(f"/servers/{server.pk}/").content.decode()
    assert "Its host key has changed" in page
    answer = client.post(f"/servers/{server.pk}/host-key/", {"fingerprint": "nonsense"})
    assert answer.status_code == 422
    assert "SHA256" in answer.content.decode()
    assert client.post(f"/servers/{server.pk}/host-key/", {"fingerprint": ""}).status_code == 422


@pytest.fixture
def ssh_port() -> Iterator[tuple[int, str]]:
    """Something that speaks SSH: its port and its key's fingerprint."""
    key, loop = asyncssh.generate_private_key("ssh-ed25519"), asyncio.new_event_loop()

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen("127.0.0.1", 0, server_host_keys=[key])

    acceptor = loop.run_until_complete(listen())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield acceptor.get_port(), key.get_fingerprint()
    loop.call_soon_threadsafe(acceptor.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_a_new_host_key_is_pinned_only_if_the_host_shows_it(
    alice: User, now: datetime, sign_in: SignIn, ssh_port: tuple[int, str]
) -> None:
    server = watched(alice, "moved", "127.0.0.1", now, status="down", reason="host_key_changed: Another key.")
    Server.objects.update(port=ssh_port[0])
    client, path = sign_in(alice), f"/servers/{server.pk}/host-key/"
    wrong = client.post(path, {"fingerprint": "SHA256:" + "A" * 43})
    assert "The server shows no such key" in wrong.content.decode()
    right = client.post(path, {"fingerprint": ssh_port[1]}, follow=True)
    assert "The new host key is pinned." in right.content.decode()
    assert "ssh-ed25519" in Server.objects.get().host_keys


def test_what_was_told_of_it_is_shown_to_whom_it_was_told(
    alice: User, bob: User, web1: Server, sign_in: SignIn
) -> None:
    Notification.objects.create(recipient=alice, server=web1, kind="limit_crossed", title="web1: CPU <93 %>")
    fragment = {"HX-Request": "true", "HX-Target": "section#told"}
    assert "web1: CPU &lt;93 %&gt;" in sign_in(alice).get(f"/servers/{web1.pk}/", headers=fragment).content.decode()
    assert "Nothing yet" in sign_in(bob).get(f"/servers/{web1.pk}/", headers=fragment).content.decode()


def test_deleting_tells_what_stays_on_the_host(alice: User, web1: Server, sign_in: SignIn) -> None:
    client, path = sign_in(alice), f"/servers/{web1.pk}/remove/"
    before = unescape(client.get(path).content.decode())
    line = re.search(r"Line that cleans up\">(.+)</textarea>", before)
    assert line
    assert "in <code>~virtadmin/.virtadmin</code>" in before
    page = unescape(client.post(path, {"way": "delete"}).content.decode())
    assert f">{line[1]}</textarea>" in page
    assert not Server.objects.exists()


def test_deleting_waits_for_a_run_under_way(alice: User, web1: Server, sign_in: SignIn) -> None:
    InitialServerProfile.objects.create(owner=alice, ip_address="192.0.2.10", server=web1, status="running")
    page = sign_in(alice).post(f"/servers/{web1.pk}/remove/", {"way": "delete"}).content.decode()
    assert "under way" in page
    assert Server.objects.exists()


def test_cleaning_up_asks_for_a_login_and_is_followed(alice: User, web1: Server, sign_in: SignIn) -> None:
    client, path = sign_in(alice), f"/servers/{web1.pk}/remove/"
    assert "Give a password" in client.post(path, {"way": "unenrol", "username": "root"}).content.decode()
    answer = client.post(path, {"way": "unenrol", "username": "root", "password": "root-secret"})
    profile = InitialServerProfile.objects.get()
    assert answer.headers["Location"] == f"/enrolments/{profile.pk}/"
    assert profile.action == "unenrol"


def test_this_machine_has_nothing_to_clean_up(alice: User, web1: Server, sign_in: SignIn) -> None:
    Server.objects.update(transport="local")
    page = sign_in(alice).get(f"/servers/{web1.pk}/remove/").content.decode()
    assert "Clean up and remove" not in page
    ServerState.objects.filter(server=web1).update(status="unknown", status_reason="probe_failed: It said no.")
    assert "this machine" in sign_in(alice).get(f"/servers/{web1.pk}/").content.decode()
    assert "unsure" in sign_in(alice).get("/").content.decode()


def test_long_lists_of_parts_scroll_by_themselves(alice: User, now: datetime, sign_in: SignIn) -> None:
    server = watched(alice, "big", "192.0.2.10", now)
    assert 'class="long"' not in sign_in(alice).get(f"/servers/{server.pk}/").content.decode()
    found = server.state.metrics["details"]
    found["mounts"] = [{**found["mounts"][0], "mount": f"/srv/{number}"} for number in range(60)]
    server.state.save()
    page = sign_in(alice).get(f"/servers/{server.pk}/").content.decode()
    assert '<div class="long" tabindex="0" role="region" aria-label="Disks">' in page
