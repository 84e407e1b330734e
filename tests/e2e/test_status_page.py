"""A status page from its making to its end, read by somebody who is not signed in while a real website goes down and
comes back."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.collector.websites.local_sites import local_sites
from tests.e2e.browser import CHROMIUM, WIDTHS, complaints, sign_in
from tests.running.hub import Hub, until

pytestmark = [
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium"),
    pytest.mark.xdist_group("up"),
    pytest.mark.timeout(300),
]
SLOW = 60_000
"""Milliseconds in which a busy machine finds out what takes it a few seconds."""


def shows(reader: Page, text: str) -> bool:
    """Whether the page says so once it has read itself anew, as it does whenever somebody looks at it again."""
    reader.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    reader.wait_for_timeout(300)
    return text in reader.locator("#status").inner_text()


def test_customers_see_a_website_go_down_and_come_back(hub: Hub, browser: Browser) -> None:
    maker, reader = browser.new_context().new_page(), browser.new_context(viewport=WIDTHS["phone"]).new_page()
    heard = complaints(reader)
    with local_sites() as sites:
        added = {"uri": sites.url("ok/secret-path"), "name": "front7", "interval": 5, "confirmations": 1}
        pk = hub.call("POST", "/api/urls/", {**added, "private_allowed": True})["id"]
        until(lambda: hub.call("GET", f"/api/urls/{pk}/")["status"] == "up", 60, "the first check")

        sign_in(maker, f"http://{hub.listen}", password=hub.password)
        maker.get_by_role("link", name="Websites", exact=True).first.click()
        maker.get_by_role("link", name="Status pages").click()
        maker.get_by_role("link", name="Make a status page").first.click()
        maker.get_by_label("Title").fill("Our shop")
        maker.get_by_label("Address", exact=True).fill("our-shop")
        maker.get_by_label("Public name of front7").fill("Online shop")
        maker.get_by_role("button", name="Make the page").click()
        expect(maker.get_by_text("Saved.")).to_be_visible()
        expect(maker.get_by_label("Markdown")).to_have_value(
            f"[![Status](http://{hub.listen}/status/our-shop/badge.svg)](http://{hub.listen}/status/our-shop/)"
        )
        assert maker.locator(".badge img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 60

        reader.goto(f"http://{hub.listen}/status/our-shop/")
        expect(reader.get_by_role("status")).to_have_text("All is well")
        expect(reader.get_by_role("heading", name="Online shop")).to_be_visible()
        reader.evaluate("document.querySelector('h1').kept = true")

        sites.shut()
        until(lambda: shows(reader, "Online shop\ndown\nsince"), 90, "the page said that it is down")
        expect(reader.get_by_role("status")).to_have_text("Down")
        expect(reader).to_have_title("Down · Our shop")
        assert reader.locator("h1").evaluate("heading => heading.kept")  # what did not change was left alone

        sites.open()
        until(lambda: shows(reader, "All is well"), 90, "the page said that it is up again")
        expect(reader.locator(".events")).to_contain_text("down for")
    assert "secret-path" not in reader.content()
    assert "front7" not in reader.content()
    assert heard == []

    maker.get_by_role("link", name="Remove …").click()
    maker.get_by_role("button", name="Remove Our shop").click()
    expect(maker.get_by_text("Our shop is gone.")).to_be_visible()
    until(lambda: reader.goto(f"http://{hub.listen}/status/our-shop/").status == 404, 30, "the page was gone")  # type: ignore[union-attr]


def test_a_reader_is_told_that_the_hub_does_not_answer(hub: Hub, browser: Browser) -> None:
    made = hub.call("POST", "/api/status_pages/", {"title": "Empty"})
    reader = browser.new_context().new_page()
    reader.goto(made["address"])
    expect(reader.get_by_role("status")).to_have_text("Nothing is shown here yet")
    reader.context.set_offline(True)
    until(lambda: shows(reader, "It could not be read again"), 30, "the page said so")
    reader.context.set_offline(False)
    until(lambda: not shows(reader, "It could not be read again"), 30, "the page took that back")


def test_without_scripts_it_is_all_there(hub: Hub, browser: Browser) -> None:
    made = hub.call("POST", "/api/status_pages/", {"title": "Plain", "intro": "As it is."})
    reader = browser.new_context(java_script_enabled=False).new_page()
    reader.goto(made["address"])
    expect(reader.locator("main")).to_contain_text("As it is.")
    expect(reader.locator(".renewed")).to_be_hidden()
