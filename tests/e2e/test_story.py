"""The product in a browser: a real server is added, watched, alerts, and the hub goes away; nothing is reloaded."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import CHROMIUM, WIDTHS, complaints, sign_in
from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from tests.running.hub import Hub, until
from virtadmin.config.files import socket_path

pytestmark = [
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(240),
]
SLOW = 60_000
"""Milliseconds a busy machine may need for what takes a few seconds."""


@pytest.fixture(scope="module")
def host(make_module_host: MakeHost) -> Host:
    return make_module_host("e2e-web", "127.0.1.180", "bookworm", "py")


@pytest.fixture
def page(browser: Browser, hub: Hub) -> Iterator[Page]:
    """Signed in; at the end it must not have complained, nor have been loaded behind the test's back."""
    context = browser.new_context()
    opened = context.new_page()
    heard = complaints(opened)
    sign_in(opened, f"http://{hub.listen}", password=hub.password)
    yield opened
    context.close()
    assert [line for line in heard if "ERR_CONNECTION_RE" not in line] == []  # refused or reset: a hub that went


def add(page: Page, host: Host, password: str) -> None:
    """By the page."""
    page.get_by_role("link", name="Add a server").click()
    page.get_by_role("link", name="All on one page").click()
    page.get_by_label("Address").fill(host.address)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Add the server").click()
    page.wait_for_url("**/enrolments/*/")


def test_a_wrong_password_is_told_with_what_to_do(page: Page, host: Host) -> None:
    add(page, host, "wrong")
    expect(page.get_by_text("It failed at: Sign in")).to_be_visible(timeout=SLOW)
    page.get_by_role("link", name="Try again").click()
    assert page.get_by_label("Address").input_value() == host.address


def test_a_server_is_added_and_its_numbers_move_by_themselves(page: Page, hub: Hub, host: Host) -> None:
    add(page, host, "root-secret")
    expect(page.get_by_text("It is watched")).to_be_visible(timeout=SLOW)
    assert "root-secret" not in page.content()
    page.get_by_role("link", name="See").click()
    page.get_by_role("link", name="Settings").click()
    page.get_by_label("Ask every").fill("5")
    page.get_by_role("button", name="Save").click()
    last = page.locator("#now .when time")
    expect(page.locator(".gauges li").first).to_be_visible(timeout=SLOW)
    page.evaluate("window.stayed = true")
    before = last.get_attribute("datetime")
    expect(last).not_to_have_attribute("datetime", before, timeout=SLOW)
    assert page.evaluate("window.stayed")
    cpu = page.locator("#chart-cpu")
    cpu.scroll_into_view_if_needed()
    drawn = int(cpu.get_attribute("data-points") or 0)
    expect(cpu).not_to_have_attribute("data-points", str(drawn), timeout=SLOW)
    assert int(cpu.get_attribute("data-points")) > drawn
    assert page.evaluate("window.stayed")


def test_its_processes_are_shown_when_asked_for(page: Page, host: Host) -> None:
    page.get_by_role("link", name="e2e-web").click()
    page.get_by_role("button", name="Show processes").click()
    rows = page.locator("#processes tbody tr")
    expect(rows.filter(has_text="sshd").first).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Ask again").click()
    expect(rows.filter(has_text="sshd").first).to_be_visible(timeout=SLOW)


def test_an_alert_arrives_without_reloading(page: Page, hub: Hub, host: Host) -> None:
    page.get_by_role("link", name="e2e-web").click()
    expect(page.locator("#chart-cpu canvas")).to_be_visible(timeout=SLOW)
    page.evaluate("window.stayed = true")
    for limit, value in (("Limit of CPU", "100"), ("Mean of", "0"), ("Limit of Memory", "1")):
        field = page.get_by_label(limit)
        field.fill(value)
        field.press("Enter")
        expect(page.locator(".limit", has=field).get_by_role("status")).to_contain_text("is judged")
    expect(page.locator(".toast")).to_contain_text("e2e-web", timeout=SLOW)
    expect(page.locator(".count")).to_contain_text("unread")
    expect(page.locator("#told .notices li", has_text="memory")).to_have_count(1)
    expect(page.locator("#now .standing")).to_contain_text("over limit")
    assert page.evaluate("window.stayed")
    page.get_by_role("link", name="Inbox").first.click()
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.locator(".count")).to_have_count(0)


def test_it_is_acknowledged_and_other_open_pages_show_who_looks_after_it(page: Page, hub: Hub) -> None:
    page.get_by_role("link", name="Inbox").first.click()
    page.get_by_role("link", name="Incident of").last.click()
    line = page.locator("#incidents li", has_text="e2e-web")
    expect(line).to_have_count(1)
    other = page.context.new_page()
    other.goto(page.url)
    other.evaluate("window.stayed = true")
    line.get_by_role("button", name="Acknowledge").click()
    expect(line).to_contain_text("admin looks after it")
    expect(other.locator("#incidents li")).to_contain_text("admin looks after it", timeout=SLOW)
    assert other.evaluate("window.stayed")


def test_on_a_phone_the_same_is_done_by_the_bar_at_the_bottom(browser: Browser, hub: Hub) -> None:
    context = browser.new_context(viewport=WIDTHS["phone"], has_touch=True, is_mobile=True)
    page = context.new_page()
    heard = complaints(page)
    sign_in(page, f"http://{hub.listen}", password=hub.password)

    def fits() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS["phone"]["width"], page.url

    fits()
    bar = page.get_by_role("navigation", name="Main")
    assert bar.bounding_box()["y"] > WIDTHS["phone"]["height"] - 70
    page.get_by_role("link", name="e2e-web").tap()
    last = page.locator("#now .when time")
    before = last.get_attribute("datetime")
    expect(last).not_to_have_attribute("datetime", before, timeout=SLOW)
    fits()
    bar.get_by_role("link", name="Incidents").tap()
    line = page.locator("#incidents li", has_text="looks after it")
    number = line.get_attribute("id")
    line.get_by_role("button", name="Remind again").tap()
    line = page.locator(f"#{number}")
    expect(line).not_to_contain_text("looks after it")
    line.get_by_role("button", name="Acknowledge").tap()
    expect(line).to_contain_text("admin looks after it")
    fits()
    bar.get_by_role("link", name="Inbox").tap()
    expect(page.locator("#inbox .notices li").first).to_be_visible()
    fits()
    page.locator(".menu > summary").tap()
    page.get_by_role("button", name="Sign out").tap()
    page.wait_for_url("**/login/")
    fits()
    context.close()
    assert heard == []


def listeners(hub: Hub) -> int:
    bus = redis.Redis(unix_socket_path=str(socket_path(hub.home)))
    (_, count), *_ = bus.pubsub_numsub("virtadmin:live:servers")
    return int(count)


def test_a_hidden_tab_holds_no_stream(page: Page, hub: Hub) -> None:
    show = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true}); document.dispatchEvent(new Event('visibilitychange'))"  # noqa: E501
    until(lambda: listeners(hub) == 1, 20, "the stream")
    page.evaluate(show % "true")
    until(lambda: listeners(hub) == 0, 20, "its end")
    page.evaluate(show % "false")
    until(lambda: listeners(hub) == 1, 20, "the next one")


def test_when_the_hub_goes_the_page_says_so_and_mends_itself(page: Page, hub: Hub) -> None:
    until(lambda: listeners(hub) == 1, 20, "the stream")
    assert hub.stop() < 5
    expect(page.locator("#gone")).to_be_visible(timeout=SLOW)
    hub.start()
    expect(page.locator("#gone")).to_be_hidden(timeout=SLOW)
