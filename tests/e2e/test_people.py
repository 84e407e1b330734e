"""People in the browser: invited, signing in with a second factor, signed out from elsewhere, linking a chat."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.accounts.phone import Phone
from tests.e2e.browser import CHROMIUM, axe, complaints, sign_in
from tests.e2e.showcase import Showcase
from tests.fakes.telegram import TOKEN, BotApi

pytestmark = [
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(300),
]
SLOW = 30_000
"""Milliseconds a busy machine may need for what takes a moment."""
PASSWORD = "a-good-password"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
STREAM = re.compile("/live/")
FOLLOW = """
import django; django.setup()
from django.utils import timezone
from virtadmin.chatbots.contract import Incoming
from virtadmin.chatbots.services import link_follow
link_follow(incoming=Incoming(platform="telegram", conversation="42", sender="42", title="Ann", token={token!r}),
            now=timezone.now())
"""


@pytest.fixture(scope="module")
def showcase(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Showcase]:
    """With a Telegram bot."""
    with BotApi() as telegram, pytest.MonkeyPatch.context() as environment:
        environment.setenv("TELEGRAM_TOKEN", TOKEN)
        environment.setenv("TELEGRAM_API_URL", telegram.url)
        shown = Showcase(tmp_path_factory.mktemp("showcase"))
        try:
            yield shown.start()
        finally:
            shown.stop()


@pytest.fixture
def contexts(browser: Browser) -> Iterator[list[BrowserContext]]:
    """Browsers of several people; none may have complained at the end."""
    opened: list[BrowserContext] = []
    yield opened
    for context in opened:
        context.close()


def fresh(browser: Browser, contexts: list[BrowserContext], **more: object) -> Page:
    contexts.append(browser.new_context(**more))  # type: ignore[arg-type]
    return contexts[-1].new_page()


def give(page: Page, url: str, name: str, password: str) -> None:
    """Name and password; what comes after is the test's."""
    page.goto(f"{url}/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def give_code(page: Page, code: str) -> None:
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()


def test_invited_signed_in_and_from_then_on_with_a_second_factor(
    showcase: Showcase, browser: Browser, contexts: list[BrowserContext]
) -> None:
    admin = fresh(browser, contexts)
    heard = complaints(admin)
    sign_in(admin, showcase.url)
    admin.goto(f"{showcase.url}/people/")
    admin.get_by_role("link", name="Invite somebody").click()
    admin.get_by_label("User name").fill("dora")
    admin.get_by_label("Role").select_option("operator")
    admin.get_by_label("Shop team").check()
    admin.get_by_role("button", name="Invite").click()
    link = admin.get_by_label("Link", exact=True).input_value()
    assert link.startswith(showcase.url)

    dora = fresh(browser, contexts, bypass_csp=True)
    dora.goto(link)
    assert axe(dora) == []
    dora.get_by_label("New password").fill(PASSWORD)
    dora.get_by_label("The same again").fill(PASSWORD)
    dora.get_by_role("button", name="Set it").click()
    expect(dora.get_by_text("Your password is set. Sign in as dora.")).to_be_visible()
    give(dora, showcase.url, "dora", PASSWORD)
    dora.wait_for_url(f"{showcase.url}/")
    assert dora.goto(link).status == 404, "it works once"

    dora.goto(f"{showcase.url}/account/two-factor/")
    dora.get_by_text("Or type the key").click()
    phone = Phone((dora.locator(".key").text_content() or "").replace(" ", ""))
    dora.get_by_label("Your password").fill(PASSWORD)
    dora.get_by_label("Code the app shows now").fill(phone.code())
    dora.get_by_role("button", name="Switch it on").click()
    codes = dora.locator(".codes li").all_text_contents()
    assert len(codes) == 10
    assert axe(dora) == []

    again, other = fresh(browser, contexts, bypass_csp=True), fresh(browser, contexts)
    give(again, showcase.url, "dora", PASSWORD)
    again.wait_for_url("**/login/code/")
    assert axe(again) == []
    give_code(again, phone.wrong())
    expect(again.get_by_text("not right, or was used already")).to_be_visible()
    code = phone.code(1)
    give_code(again, code)
    again.wait_for_url(f"{showcase.url}/")
    give(other, showcase.url, "dora", PASSWORD)
    give_code(other, code)
    expect(other.get_by_text("not right, or was used already")).to_be_visible()
    give_code(other, codes[0])
    other.wait_for_url(f"{showcase.url}/")
    expect(other.get_by_text("9 are left.")).to_be_visible()
    assert heard == []


def test_a_session_is_ended_from_another_browser_and_its_page_sees_it(
    showcase: Showcase, browser: Browser, contexts: list[BrowserContext]
) -> None:
    here, there = fresh(browser, contexts), fresh(browser, contexts, user_agent=FIREFOX)
    sign_in(there, showcase.url)
    with there.expect_response(STREAM):
        there.goto(f"{showcase.url}/channels/")
    sign_in(here, showcase.url)
    here.goto(f"{showcase.url}/account/")
    asked = here.locator(".confirm").filter(has_text="Firefox on Windows")
    confirmed = asked.get_by_role("button", name="Sign out Firefox on Windows")
    expect(confirmed).to_be_hidden()
    asked.locator("summary").click()
    confirmed.click()
    expect(here.get_by_text("That session is over")).to_be_visible()
    there.wait_for_url("**/login/**", timeout=SLOW)
    assert there.goto(f"{showcase.url}/account/")
    assert "/login/" in there.url
    here.reload()
    assert "/account/" in here.url


def test_the_page_says_live_that_the_chat_is_linked(
    showcase: Showcase, browser: Browser, contexts: list[BrowserContext]
) -> None:
    page = fresh(browser, contexts, bypass_csp=True)
    sign_in(page, showcase.url)
    page.goto(f"{showcase.url}/channels/link/telegram/")
    with page.expect_response(STREAM):
        page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_role("img", name="QR code that opens Telegram")).to_be_visible()
    assert axe(page) == []
    address = page.get_by_role("link", name="Open Telegram").get_attribute("href") or ""
    assert showcase.run(FOLLOW.format(token=address.partition("start=")[2])) == 0, showcase.log
    expect(page.get_by_text("Linked: Ann.")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("link", name="Open Telegram")).to_be_hidden()
    page.goto(f"{showcase.url}/account/")
    page.locator("summary").filter(has_text="Unlink Ann").first.press("Enter")
    assert axe(page) == []
    page.locator(".confirm[open]").get_by_role("button", name="Unlink Ann", exact=True).press("Enter")
    expect(page.get_by_text("Ann is unlinked. Nothing is sent there any more.")).to_be_visible()


def test_the_log_is_narrowed_as_one_chooses_and_the_address_follows(
    showcase: Showcase, browser: Browser, contexts: list[BrowserContext]
) -> None:
    page = fresh(browser, contexts)
    sign_in(page, showcase.url)
    page.goto(f"{showcase.url}/log/")
    page.get_by_label("Who").select_option("marta")
    page.wait_for_url(re.compile(r"/log/\?.*person=marta"))
    expect(page.locator(".changes > li")).to_have_count(3)
    expect(page.locator(".changes ins").filter(has_text="30")).to_be_visible()
    page.get_by_role("link", name="web1").first.click()
    page.wait_for_url("**/servers/1/")
