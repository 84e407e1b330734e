"""A server's page: numbers, limits, settings, removal."""

import asyncio
import re
import threading
from collections.abc import Iterator
from datetime import datetime
from html import unescape

import asyncssh
import pytest

from tests.web.conftest import SignIn
from tests.web.fleet import FACTS, watched
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Threshold
from virtadmin.notifications.models import Notification
from virtadmin.servers.models import EnrolmentLog, InitialServerProfile, Server, ServerState

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
        "CPU: waiting for disks", "0.84  1.2  0.97", "Signed in as root", "the network&#x27;s limits are off",
    ):  # fmt: skip
        assert text in page or text.replace("&#x27;", "'") in page, text


def test_with_a_link_speed_the_network_is_shares_with_limits(alice: User, now: datetime, sign_in: SignIn) -> None:
    server = watched(alice, "fast", "192.0.2.20", now, facts={**FACTS, "link_speed": 10})
    page = sign_in(alice).get(f"/servers/{server.pk}/").content.decode()
    assert "42 %" in page
    assert "4.2 of 10 Mb/s" in page
    assert "limits are off" not in page


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
    assert "The new limits are judged" in page
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
    sent = {"name": "front", "tags": "shop, production,", "interval": "10", "link_speed": "1000"}
    assert client.post(path, sent).headers["Location"] == f"/servers/{web1.pk}/"
    web1.refresh_from_db()
    assert (web1.name, web1.interval, web1.link_speed) == ("front", 10, 1000)
    assert [tag.name for tag in web1.tags.all()] == ["production", "shop"]
    assert 'value="production, shop"' in client.get(path).content.decode()
    page = client.post(path, {**sent, "tags": "x" * 60}).content.decode()
    assert "50 characters at most" in page


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
