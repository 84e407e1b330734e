"""Many tabs of one browser: they share one stream, whoever of them is closed or hidden, and none of them hangs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import redis
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.browser import CHROMIUM, sign_in
from tests.e2e.showcase import Showcase
from tests.running.hub import until
from virtadmin.config.files import socket_path

pytestmark = [
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(300),
]
TABS = 8
SLOW = 30_000
SHOW = """hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
COUNT = """() => {
  window.told = 0;
  document.getElementById("servers").addEventListener("live", () => { window.told += 1; });
}"""
Say = Callable[..., Any]


@pytest.fixture
def say(showcase: Showcase) -> Say:
    """Puts a message on the hub's bus, as the collector does."""
    bus = redis.Redis(unix_socket_path=str(socket_path(showcase.home)))

    def publish(topic: str, **message: Any) -> None:
        bus.publish(f"virtadmin:live:{topic}", orjson.dumps(message))

    return publish


class Streams:
    """The open streams of a browser, by the tab that holds each."""

    def __init__(self, context: BrowserContext) -> None:
        self._begun: dict[Any, Page] = {}
        context.on("request", self._note)
        context.on("requestfinished", lambda request: self._begun.pop(request, None))
        context.on("requestfailed", lambda request: self._begun.pop(request, None))

    def _note(self, request: Any) -> None:
        if "/live/" in request.url and request.method == "GET":
            self._begun[request] = request.frame.page

    @property
    def open(self) -> dict[Any, Page]:
        return {request: page for request, page in self._begun.items() if not page.is_closed()}

    def only(self, page: Page) -> Page:
        """The tab that holds the one stream there is, once there is one."""
        for _ in range(200):
            if len(self.open) == 1:
                return next(iter(self.open.values()))
            page.wait_for_timeout(50)
        raise AssertionError(f"{len(self.open)} streams")


def tabs(context: BrowserContext, url: str, count: int = TABS) -> list[Page]:
    """So many tabs on the first page, each of which counts what it is told."""
    pages = [context.new_page() for _ in range(count)]
    sign_in(pages[0], url)
    for page in pages:
        page.goto(url)
        page.evaluate(COUNT)
    return pages


def all_told(pages: list[Page], say: Say) -> None:
    """Every tab hears of what happens now."""
    for page in pages:
        page.evaluate("window.told = 0")
    say("servers", ids=[1])
    for page in pages:
        page.wait_for_function("window.told >= 1", timeout=SLOW)


@pytest.mark.parametrize("locks", [True, False], ids=["locks", "no locks, as over plain HTTP"])
def test_eight_tabs_share_one_stream_whoever_goes(locks: bool, showcase: Showcase, browser: Browser, say: Say) -> None:
    context = browser.new_context(bypass_csp=True)
    if not locks:
        context.add_init_script("Object.defineProperty(navigator, 'locks', { value: undefined })")
    streams = Streams(context)
    pages = tabs(context, showcase.url)
    holder = streams.only(pages[0])
    all_told(pages, say)
    assert len(streams.open) == 1

    pages.remove(holder)
    holder.close()
    holder = streams.only(pages[0])
    all_told(pages, say)

    holder.evaluate(SHOW, True)
    holder.evaluate("window.told = 0")
    seen = [page for page in pages if page != holder]
    until_other(streams, holder, seen[0])
    all_told(seen, say)
    assert holder.evaluate("window.told") == 0  # a hidden tab asks for nothing

    for page in seen:
        page.evaluate(SHOW, True)
    for _ in range(200):
        if not streams.open:
            break
        seen[0].wait_for_timeout(50)
    assert streams.open == {}  # nobody looks

    say("servers", ids=[1])
    holder.evaluate(SHOW, False)
    holder.wait_for_function("window.told >= 1", timeout=SLOW)  # what it missed meanwhile
    assert streams.only(holder) == holder
    context.close()


def until_other(streams: Streams, holder: Page, page: Page) -> None:
    for _ in range(200):
        if [*streams.open.values()] not in ([holder], []):
            return
        page.wait_for_timeout(50)
    raise AssertionError("nobody took over")


def test_a_tab_that_follows_an_enrolment_has_it_on_the_stream_another_holds(
    showcase: Showcase, browser: Browser, say: Say
) -> None:
    context = browser.new_context(bypass_csp=True)
    streams = Streams(context)
    first, second = tabs(context, showcase.url, 2)
    streams.only(first)
    second.goto(f"{showcase.url}/enrolments/1/")
    second.evaluate(COUNT.replace("servers", "progress"))
    for _ in range(200):
        if any("profile=1" in request.url for request in streams.open):
            break
        first.wait_for_timeout(50)
    assert streams.only(first) == first
    second.evaluate("window.told = 0")
    first.evaluate("window.told = 0")

    def heard() -> bool:
        say("profile:1", step="key", line="x", status="running")
        second.wait_for_timeout(100)
        return bool(second.evaluate("window.told") >= 1)

    until(heard, 20, "the enrolment's news")
    say("profile:2", step="key", line="not followed", status="running")
    all_told([first], say)
    context.close()


def test_every_tab_says_that_the_hub_is_gone_and_that_it_is_back(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> None:
    shown = Showcase(tmp_path_factory.mktemp("going")).start()
    try:
        context = browser.new_context(bypass_csp=True)
        pages = tabs(context, shown.url, 3)
        Streams(context)
        pages[0].wait_for_timeout(1000)
        shown.web_stop()
        for page in pages:
            expect(page.locator("#gone")).to_contain_text("does not answer since", timeout=SLOW)
        late = pages[1]
        late.evaluate(SHOW, True)
        late.evaluate(SHOW, False)
        shown.web_start()
        for page in pages:
            expect(page.locator("#gone")).to_contain_text("is back", timeout=SLOW)
            expect(page.locator("#gone")).to_be_hidden(timeout=SLOW)
        context.close()
    finally:
        shown.stop()


def test_when_the_session_ends_every_tab_shows_the_gate(showcase: Showcase, browser: Browser) -> None:
    context = browser.new_context(bypass_csp=True)
    streams = Streams(context)
    pages = tabs(context, showcase.url, 3)
    holder = streams.only(pages[0])
    context.clear_cookies()
    holder.evaluate(SHOW, True)  # another takes over and is refused
    for page in pages:
        if page != holder:
            page.wait_for_url("**/login/**", timeout=SLOW)
    context.close()
