"""Every page in a real browser: readable by all, light and dark, wide and narrow, with and without scripts."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import CHROMIUM, WIDTHS, axe, complaints, sign_in
from tests.e2e.demo_people import MARTA
from tests.e2e.showcase import Showcase

PAGES = [
    "/",
    "/?status=down",
    "/?q=nothing",
    "/servers/add/",
    "/servers/add/?step=all",
    "/servers/add/?step=login&ip_address=192.0.2.50&port=22",
    "/servers/add-many/",
    "/imports/1/",
    "/imports/2/",
    "/servers/1/",
    "/servers/3/",
    "/servers/4/",
    "/servers/10/",
    "/servers/1/?range=30d",
    "/servers/1/?numbers=1",
    "/servers/1/processes/",
    "/servers/1/settings/",
    "/servers/1/remove/",
    "/notifications/",
    "/channels/",
    "/channels/1/",
    "/channels/add/apprise/",
    "/incidents/",
    "/incidents/?q=nothing",
    "/silences/",
    "/maintenance/",
    "/recipients/",
    "/templates/",
    "/rules/silences/1/",
    "/rules/maintenance/1/",
    "/rules/recipients/1/",
    "/rules/templates/1/",
    "/account/",
    "/account/two-factor/",
    "/account/tokens/",
    "/people/",
    "/people/?q=nothing",
    "/people/invite/",
    f"/people/{MARTA}/",
    "/people/groups/",
    "/people/groups/1/",
    "/log/",
    "/log/?q=nothing",
    "/enrolments/1/",
    "/enrolments/2/",
    "/enrolments/3/",
    "/enrolments/4/",
    "/websites/",
    "/websites/?status=down",
    "/websites/?q=nothing",
    "/websites/?server=1",
    "/websites/add/",
    *(f"/websites/{number}/" for number in range(1, 9)),
    "/websites/1/?range=7d&numbers=1",
    "/websites/1/edit/",
    "/websites/1/remove/",
    "/status-pages/",
    "/status-pages/add/",
    "/status-pages/1/",
    "/status-pages/1/remove/",
    "/status/example-shop/",
    "/status/small/",
]

pytestmark = [
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(300),
]


@pytest.mark.parametrize(("scheme", "width"), [("light", "desktop"), ("dark", "phone")])
def test_every_page_is_accessible_and_fits(scheme: str, width: str, showcase: Showcase, browser: Browser) -> None:
    context = browser.new_context(viewport=WIDTHS[width], color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{showcase.url}/login/")
    wrong = {"/login/": axe(page)}
    sign_in(page, showcase.url)
    for path in PAGES:
        assert page.goto(showcase.url + path).status == 200, path
        wrong[path] = axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width]["width"], path
    context.close()
    assert {path: found for path, found in wrong.items() if found} == {}


def test_only_what_is_being_sent_fades(showcase: Showcase, browser: Browser) -> None:
    """A part of the page that fetches itself anew leaves its buttons readable."""
    context = browser.new_context(viewport=WIDTHS["desktop"])
    page = context.new_page()
    sign_in(page, showcase.url)
    page.goto(f"{showcase.url}/servers/1/")
    script = """(busy) => { const button = document.querySelector("main form button"), part = button.closest(busy);
      part.classList.add("htmx-request"); const shown = getComputedStyle(button).opacity;
      part.classList.remove("htmx-request"); return shown; }"""
    assert page.evaluate(script, "main") == "1"
    assert page.evaluate(script, "form") == "0.6"
    context.close()


@pytest.mark.parametrize("width", [660, 720, 840, 1030, 1100, 1220, 1300])
def test_nothing_scrolls_sideways_when_zoomed_in(width: int, showcase: Showcase, browser: Browser) -> None:
    """A wide screen at 200 % is 720 wide: between the two widths the pages are made for."""
    context = browser.new_context(viewport={"width": width, "height": 450})
    page = context.new_page()
    sign_in(page, showcase.url)
    wide = {}
    for path in ("/", "/?group=tag", "/websites/", "/servers/1/", "/servers/4/", "/imports/1/", "/account/", "/log/"):
        page.goto(showcase.url + path)
        wide[path] = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert {path: found for path, found in wide.items() if found > width} == {}


ADMIN_PAGES = [
    "/admin/", "/admin/servers/server/", "/admin/servers/server/1/change/", "/admin/servers/server/1/delete/",
    "/admin/servers/initialserverprofile/1/change/", "/admin/accounts/user/add/", "/admin/accounts/user/1/password/",
    "/admin/alerting/silence/add/", "/admin/alerting/maintenancewindow/add/", "/admin/alerting/incident/",
    "/admin/alerting/recipients/add/", "/admin/auditlog/logentry/", "/admin/auth/group/add/",
    "/admin/websites/url/1/change/",
]  # fmt: skip
"""One of each kind of page of the admin site, whose policy lets scripts evaluate and nothing else more."""


def test_no_page_breaks_its_own_content_policy(showcase: Showcase, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    heard = complaints(page)
    sign_in(page, showcase.url)
    for path in (*PAGES, *ADMIN_PAGES):
        page.goto(showcase.url + path)
        page.wait_for_timeout(200)
    context.close()
    assert heard == []


def test_without_scripts_everything_can_be_read_and_done(showcase: Showcase, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, showcase.url)
    page.get_by_label("Search by name, address or tag").fill("web")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=web*")
    assert page.locator("tbody tr").count() == 2
    page.get_by_role("link", name="web2").click()
    page.get_by_label("Limit of CPU").fill("75")
    page.get_by_role("button", name="Save the limit: CPU").click()
    page.get_by_text("The new limit is judged").wait_for()
    page.goto(f"{showcase.url}/servers/add/?step=all")
    page.get_by_label("Address").fill("root@192.0.2.1")
    page.get_by_role("button", name="Add the server").click()
    page.locator(".field.wrong.ip_address").wait_for()
    context.close()


def test_search_filters_as_one_types_and_the_address_follows(showcase: Showcase, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, showcase.url)
    page.get_by_label("Search by name, address or tag").press_sequentially("cache")
    page.wait_for_url("**/?q=cache*")
    expect(page.locator("tbody tr")).to_have_count(2)
    assert page.evaluate("document.activeElement.id") == "q"
    page.reload()
    assert page.locator("tbody tr").count() == 2
    page.get_by_label("Search by name, address or tag").fill("")
    expect(page.locator("tbody tr")).to_have_count(11)
    page.get_by_label("Tag", exact=True).select_option("shop")
    expect(page.locator("tbody tr")).to_have_count(4)
    context.close()


def test_bad_input_loses_nothing_that_was_typed(showcase: Showcase, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, showcase.url)
    page.goto(f"{showcase.url}/servers/add/?step=all")
    page.get_by_label("Address").fill("root@192.0.2.1")
    page.get_by_label("Password").fill("typed-once")
    page.get_by_role("button", name="Add the server").click()
    page.locator(".field.wrong.ip_address").wait_for()
    assert page.get_by_label("Password").input_value() == "typed-once"
    assert page.get_by_label("Address").input_value() == "root@192.0.2.1"
    context.close()


def test_the_keyboard_reaches_everything_and_skips_the_header(showcase: Showcase, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, showcase.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    reached = set()
    for _ in range(25):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent.trim()"))
        if page.evaluate("document.activeElement.matches('.menu:not([open]) > summary')"):
            page.keyboard.press("Enter")
    assert {"Servers", "Incidents", "Channels", "Admin site", "Dark", "Sign out", "Add a server"} <= reached
    page.locator(".menu > summary").click()
    page.keyboard.press("Escape")
    expect(page.locator(".menu .card")).to_be_hidden()
    context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_light_or_dark_is_chosen_and_kept_by_the_server(scripts: bool, showcase: Showcase, browser: Browser) -> None:
    context = browser.new_context(color_scheme="light", java_script_enabled=scripts, viewport=WIDTHS["phone"])
    page = context.new_page()
    sign_in(page, showcase.url)
    ground = page.locator("html")
    light = ground.evaluate("e => getComputedStyle(e).backgroundColor")
    page.goto(f"{showcase.url}/incidents/?state=open")
    page.locator(".menu > summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(ground).to_have_attribute("data-theme", "dark")
    assert page.url == f"{showcase.url}/incidents/?state=open"
    assert ground.evaluate("e => getComputedStyle(e).backgroundColor") != light
    page.locator(".menu > summary").click()
    page.get_by_role("button", name="System").click()
    expect(ground).not_to_have_attribute("data-theme", "dark")
    assert ground.evaluate("e => getComputedStyle(e).backgroundColor") == light
    context.close()


def test_days_of_a_website_are_read_with_arrow_keys_and_by_pointing_at_them(
    showcase: Showcase, browser: Browser
) -> None:
    context = browser.new_context(viewport=WIDTHS["desktop"])
    page = context.new_page()
    sign_in(page, showcase.url)
    page.goto(f"{showcase.url}/websites/1/")
    days = page.locator(".day")
    days.last.focus()
    expect(days.last.locator(".tip")).to_have_css("opacity", "1")
    for key in ("ArrowRight", "ArrowLeft", "ArrowLeft", "ArrowLeft"):  # the last is the last
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.textContent").strip().endswith("99.72 % up, down for 4 min")
    assert page.locator(".day[tabindex='0']").count() == 1
    page.keyboard.press("Home")
    expect(days.first).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.day')") is False
    days.nth(40).hover()
    expect(days.nth(40).locator(".tip")).to_have_css("opacity", "1")
    context.close()


def test_websites_are_found_as_one_types(showcase: Showcase, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, showcase.url)
    page.goto(f"{showcase.url}/websites/")
    page.get_by_label("Search by name, address or tag").press_sequentially("shop")
    page.wait_for_url("**/websites/?q=shop*")
    expect(page.locator(".websites tbody tr")).to_have_count(2)
    page.get_by_label("Search by name, address or tag").fill("")
    expect(page.locator(".websites tbody tr")).to_have_count(8)
    page.get_by_label("Tag", exact=True).select_option("internal")
    expect(page.locator(".websites tbody tr")).to_have_count(2)
    context.close()
