"""A real host under load: one opening with its processes and one recovery, in the page, by email and in its own log."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import expect

from tests.e2e.browser import CHROMIUM, chromium, sign_in
from tests.e2e.load import burn, own_processor, stop_burning
from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from tests.notifications.conftest import Mailbox
from tests.running.hub import Hub, free_port, until

pytestmark = [
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(240),
]
LIMIT = 2
"""Percent; a busy loop uses more, however busy this machine is otherwise."""


@pytest.fixture(scope="module")
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, mailbox: tuple[Mailbox, int]) -> Iterator[Hub]:
    started = Hub(
        tmp_path_factory.mktemp("hub"), EMAIL_URL=f"smtp://127.0.0.1:{mailbox[1]}", HUB_NAME="our-hub",
        WATCH_THIS_MACHINE="false",
    )  # fmt: skip
    try:
        started.start()
        started.call("PATCH", "/api/me/", {"email": "admin@example.org"})
        yield started
    finally:
        started.stop()


def enrolled(hub: Hub, host: Host, name: str) -> dict[str, Any]:
    """Watched every 5 s, each sample judged by itself."""
    done = hub.run("enrol", host.address, "--name", name, said="root-secret\n")
    assert done.returncode == 0, done.stdout + done.stderr
    [server] = [row for row in hub.call("GET", "/api/server/")["results"] if row["name"] == name]
    hub.call("PATCH", f"/api/server/{server['id']}/", {"interval": 5})
    [limits] = hub.call("GET", f"/api/thresholds/by_server/{server['id']}/")["results"]
    quiet = dict.fromkeys(("ram_usage", "hdd_usage"), 100)
    changed = hub.call("PATCH", f"/api/thresholds/{limits['id']}/", {"cpu_usage": LIMIT, "window": 0, **quiet})
    assert changed["cpu_usage"] == LIMIT, changed
    return dict(server)


def lines(host: Host) -> list[str]:
    """What the hub wrote to the host's own log."""
    log = host.run("grep", "-h", "our-hub: ", "/var/log/syslog", "/home/virtadmin/virtadmin.log").stdout.decode()
    return [line.partition("our-hub: ")[2] for line in log.splitlines()]


def plain(box: Mailbox, number: int) -> str:
    body = box.mails[number].get_body(["plain"])
    assert body
    return str(body.get_content())


def test_one_opening_and_one_recovery_everywhere(
    hub: Hub, mailbox: tuple[Mailbox, int], make_module_host: MakeHost
) -> None:
    box, host = mailbox[0], make_module_host("burning", "127.0.1.186", "bookworm", "full")
    own_processor(host)
    server = enrolled(hub, host, "burning")
    until(lambda: hub.call("GET", f"/api/server/{server['id']}/")["cpu_usage"] == 0, 30, "an idle host")

    burn(host)
    until(lambda: box.mails, 60, "the email of the opening")
    until(lambda: len(lines(host)) == 1, 20, "the line in the host's own log")
    stop_burning(host)
    until(lambda: len(box.mails) == 2, 60, "the email of the recovery")
    until(lambda: len(lines(host)) == 2, 20, "the second line in the host's own log")

    opening, recovery = (str(mail["Subject"]) for mail in box.mails)
    assert re.fullmatch(rf"burning: CPU at [\d.]+ %, limit {LIMIT} %", opening)
    assert re.fullmatch(r"Recovered: burning: CPU at [\d.]+ %", recovery)
    assert box.mails[1]["In-Reply-To"] == box.mails[0]["Message-ID"]
    assert re.search(r"^Heaviest now: burner [\d.]+ %", plain(box, 0), re.MULTILINE)
    assert "Heaviest" not in plain(box, 1)
    first, second = lines(host)
    assert re.fullmatch(rf"WARNING: {re.escape(opening)}\. Heaviest now: burner [\d.]+ %.*", first)
    assert second == f"RECOVERY: {recovery.removeprefix('Recovered: ')}"
    found = hub.call("GET", "/api/notifications/")["results"]
    assert [row["title"] for row in found] == [recovery, opening]
    assert all(row["pushed"] and row["emailed"] for row in found)
    with chromium() as browser:
        page = browser.new_page()
        sign_in(page, f"http://{hub.listen}", password=hub.password)
        page.goto(f"http://{hub.listen}/notifications/")
        expect(page.get_by_text(re.compile("Heaviest now: burner"))).to_have_count(1)


def test_the_test_button_writes_to_the_file_of_a_host_without_a_logger(hub: Hub, make_module_host: MakeHost) -> None:
    host = make_module_host("a-bare", "127.0.1.187")
    enrolled(hub, host, "a-bare")
    channels = hub.call("GET", "/api/channels/")["results"]
    [channel] = [row for row in channels if row["kind"] == "server_log"]

    until(lambda: hub.call("GET", "/api/server/?search=a-bare")["results"][0]["status"] == "up", 30, "the bare host up")
    answer = hub.call("POST", f"/api/channels/{channel['id']}/test/")
    assert answer == {"delivered": True, "answer": "a-bare wrote it to /home/virtadmin/virtadmin.log."}
    assert lines(host) == ["INFO: Test message of our-hub"]
