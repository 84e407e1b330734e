"""A website in the pages, from its address to its end: tried, added, up, down and up again without a reload."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.collector.websites.local_sites import LocalSites, local_sites
from tests.e2e.browser import CHROMIUM, WIDTHS, complaints, sign_in
from tests.running.hub import Hub
from tests.websites.tls_authority import issued, root, server_context

pytestmark = [
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium"),
    pytest.mark.xdist_group("up"),
    pytest.mark.timeout(300),
]
AUTHORITY = root()
SLOW = 60_000
"""Milliseconds in which a busy machine finds out what takes it a few seconds."""


@pytest.fixture
def shop() -> Iterator[LocalSites]:
    """A web server with TLS, whose certificate is of the test's own CA."""
    shown = issued("shop", ("127.0.0.1",), AUTHORITY, begins=timedelta(days=-5), expires=timedelta(days=60, hours=1))
    with local_sites(server_context(shown)) as running:
        yield running


def open_fold(page: Page, title: str) -> None:
    page.locator("summary", has_text=title).click()


@pytest.mark.parametrize("width", ["desktop", "phone"])
def test_a_website_is_tried_added_and_followed_without_a_reload(
    width: str, hub: Hub, browser: Browser, shop: LocalSites
) -> None:
    context = browser.new_context(viewport=WIDTHS[width])
    page = context.new_page()
    heard = complaints(page)
    sign_in(page, f"http://{hub.listen}", password=hub.password)
    page.get_by_role("link", name="Websites", exact=True).first.click()
    page.get_by_role("link", name="Add the first website").click()
    page.get_by_label("Address", exact=True).fill(shop.url("ok"))

    page.get_by_role("button", name="Try it first").click()
    expect(page.locator("#tried")).to_contain_text("It would fail", timeout=SLOW)
    expect(page.locator("#tried .wrong")).to_contain_text("The hub does not know who issued it.")
    open_fold(page, "Encryption and certificate")
    page.get_by_label("Own CA").fill(AUTHORITY.pem)
    open_fold(page, "Signing in")
    page.get_by_label("User name").fill("monitor")
    page.get_by_label("Password").fill("typed-once")
    page.get_by_role("button", name="Try it first").click()
    expect(page.locator("#tried")).to_contain_text("It would be up", timeout=SLOW)
    expect(page.locator("#tried")).to_contain_text("Agree on encryption")
    expect(page.locator("#tried")).to_contain_text("60 days left")
    assert page.get_by_label("Password").input_value() == "typed-once"
    assert page.get_by_label("Own CA").input_value().strip() == AUTHORITY.pem.strip()

    open_fold(page, "Name, tags and server")
    page.get_by_label("Name", exact=True).fill(f"Shop {width}")
    open_fold(page, "How often, and when it counts as down")
    page.get_by_label("Check every").fill("5")
    page.get_by_label("Failed checks until it is down").fill("2")
    page.get_by_role("button", name="Add the website").click()

    page.wait_for_url(re.compile(r"/websites/\d+/$"))
    page.evaluate("window.sameDocument = true")
    standing = page.locator("#now .standing b")
    expect(standing).to_have_text("up", timeout=SLOW)
    expect(page.locator("#now")).to_contain_text("Agree on encryption")
    page.locator("#chart-response-time").scroll_into_view_if_needed()  # a chart is drawn once it is seen
    expect(page.locator("#chart-response-time .now").last).to_contain_text("ms", timeout=SLOW)

    shop.shut()
    expect(standing).to_have_text("down", timeout=SLOW)
    expect(page.locator("#now")).to_contain_text("Nothing listens on port")
    expect(page.locator("#incidents")).to_contain_text("Down:", timeout=SLOW)
    expect(page.locator("#news .toast")).to_contain_text(f"Shop {width}", timeout=SLOW)

    shop.open()
    expect(standing).to_have_text("up", timeout=SLOW)
    expect(page.locator("#incidents li.recovery")).to_be_visible(timeout=SLOW)
    assert page.evaluate("window.sameDocument")

    page.goto(f"http://{hub.listen}/websites/")
    expect(page.locator(".websites tbody tr")).to_contain_text([f"Shop {width}"])
    page.get_by_role("link", name=f"Shop {width}").click()
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name=f"Remove Shop {width}").click()
    expect(page.locator(".flash")).to_contain_text("it is checked no more")
    context.close()
    assert heard == []
