"""Charts in a real browser: what is drawn, zoom, marks, themes, limits edited in place, and nobody complains."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.browser import CHROMIUM, complaints, sign_in
from tests.e2e.showcase import Showcase

pytestmark = [
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(300),
]
SERVER = "/servers/1/"
HOUR = 3600
EXPECTED = ("422", "getImageData")
"""What a wrong limit is answered with, and advice about how these tests look at pixels."""
INKS = """figure => {
    const canvas = figure.querySelector("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const seen = {};
    for (let at = 0; at < data.length; at += 4) {
        if (data[at + 3] === 255) {
            const ink = [data[at], data[at + 1], data[at + 2]].join(" ");
            seen[ink] = (seen[ink] ?? 0) + 1;
        }
    }
    return seen;
}"""
"""How many pixels of the figure's chart have which opaque colour."""


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(timezone_id="Asia/Tokyo", viewport={"width": 1440, "height": 900})
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, showcase: Showcase) -> Iterator[Page]:
    """Signed in; at the end nothing was complained of, the content policy included."""
    opened = context.new_page()
    heard = complaints(opened)
    sign_in(opened, showcase.url)
    yield opened
    assert [line for line in heard if not any(word in line for word in EXPECTED)] == []


def shown(page: Page, showcase: Showcase, query: str = "", key: str = "cpu") -> Locator:
    """A chart of the server's page, drawn."""
    page.goto(showcase.url + SERVER + query)
    chart = page.locator(f"#chart-{key}")
    chart.scroll_into_view_if_needed()
    expect(chart.locator("canvas")).to_be_visible()
    expect(page.locator("#charts")).to_have_attribute("data-marked", re.compile(r"\d"))
    return chart


def answer(page: Page, path: str) -> dict[str, Any]:
    found: dict[str, Any] = page.request.get(path).json()
    return found


def test_every_point_of_the_history_is_drawn_and_the_gap_stays(page: Page, showcase: Showcase) -> None:
    chart = shown(page, showcase, "?range=1h")
    start, end = (int(page.locator("#charts").get_attribute(f"data-{name}")) for name in ("from", "to"))
    query = f"metric=cpu_usage&from={start}&to={end}&points=1000"
    points = answer(page, f"{showcase.url}/api/server/1/history/?{query}")["points"]
    assert len(points) > 55
    assert chart.get_attribute("data-points") == str(len(points))
    assert chart.get_attribute("data-gaps") == "0"
    assert shown(page, showcase, "?range=24h").get_attribute("data-gaps") == "1"


def test_old_times_have_a_band_from_least_to_most(page: Page, showcase: Showcase) -> None:
    chart = shown(page, showcase, "?range=30d")
    expect(chart.locator("td.now")).to_have_text("93 %")  # of now, not of the last hours
    least, mean, most = (chart.locator(f"td.{name}").text_content() for name in ("least", "mean", "most"))
    numbers = [float(text.split()[0]) for text in (least, mean, most) if text]
    assert numbers == sorted(numbers)
    assert numbers[0] < numbers[2]
    assert int(chart.get_attribute("data-points") or 0) > 200


def test_dragging_zooms_all_charts_and_the_address_tells_it(page: Page, showcase: Showcase) -> None:
    chart = shown(page, showcase)
    box = chart.locator(".u-over").bounding_box()
    assert box
    before = chart.get_attribute("data-points")
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 40, steps=5)
    page.mouse.up()
    page.wait_for_url("**/?from=*&to=*")
    start, end = (int(found) for found in re.findall(r"(?:from|to)=(\d+)", page.url))
    assert 5.5 * HOUR < end - start < 6.5 * HOUR
    expect(chart).not_to_have_attribute("data-points", before or "")
    fewer = chart.get_attribute("data-points")
    memory = page.locator("#chart-memory")
    expect(memory).to_have_attribute("data-points", f"{fewer} {fewer}")
    page.reload()
    expect(chart).to_have_attribute("data-points", fewer or "")
    page.get_by_role("button", name="Back to 24 h").click()
    expect(chart).not_to_have_attribute("data-points", fewer or "")
    assert "from=" not in page.url
    expect(page.get_by_role("button", name="Back to 24 h")).to_be_hidden()


def test_a_page_is_light(page: Page, showcase: Showcase) -> None:
    page.goto("about:blank")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(showcase.url + SERVER)
    expect(page.locator("#chart-network canvas")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert 40_000 < sum(sizes) <= 100 * 1024


def test_a_double_click_goes_back(page: Page, showcase: Showcase) -> None:
    chart = shown(page, showcase)
    chart.locator(".plot").press("+")
    page.wait_for_url("**from=*")
    chart.locator(".u-over").dblclick()
    page.wait_for_url(lambda url: "from=" not in url)


def test_the_range_is_a_link_that_stays_in_the_address(page: Page, showcase: Showcase) -> None:
    shown(page, showcase)
    page.get_by_role("link", name="7 d").click()
    page.wait_for_url("**?range=7d#charts")
    expect(page.get_by_role("link", name="7 d")).to_have_attribute("aria-current", "true")
    span = int(page.locator("#charts").get_attribute("data-to")) - int(
        page.locator("#charts").get_attribute("data-from")
    )
    assert span == 7 * 24 * HOUR


def test_the_keyboard_reads_a_chart_out(page: Page, showcase: Showcase) -> None:
    plot = shown(page, showcase).locator(".plot")
    plot.press("ArrowLeft")
    said = page.locator("[data-said]")
    expect(said).to_contain_text(re.compile(r"\d\d:\d\d: CPU [89]\d %.*CPU: limit 80 % crossed"))
    first = said.text_content()
    plot.press("Shift+ArrowLeft")
    expect(said).not_to_have_text(first or "")
    plot.press("+")
    page.wait_for_url("**from=*")
    plot.press("Escape")
    page.wait_for_url(lambda url: "from=" not in url)


def test_pointing_at_one_chart_reads_all_of_them(page: Page, showcase: Showcase) -> None:
    chart = shown(page, showcase)
    chart.locator(".u-over").hover(position={"x": 300, "y": 60})
    then = chart.locator(".then").text_content()
    assert then != "Now"
    expect(page.locator("#chart-memory .then")).to_have_text(then or "")


def test_times_are_the_persons_and_not_the_browsers(page: Page, showcase: Showcase) -> None:
    chart = shown(page, showcase)
    chart.locator(".u-over").hover(position={"x": 300, "y": 60})
    end = int(page.locator("#charts").get_attribute("data-to") or 0)
    hour = int((chart.locator(".then").text_content() or "").split()[-1][:2])
    width = (chart.locator(".u-over").bounding_box() or {})["width"]
    meant = (end - 24 * HOUR * (1 - 300 / width)) % (24 * HOUR) / HOUR
    assert min((hour + 0.5 - meant) % 24, (meant - hour - 0.5) % 24) < 1  # UTC, though the browser is in Tokyo


def test_incidents_and_silences_are_marked_where_they_belong(page: Page, showcase: Showcase) -> None:
    chart = shown(page, showcase)
    for what in ("incident", "silence"):
        expect(page.locator(f".key [data-what={what}]")).to_be_visible()
    expect(page.locator(".key [data-what=maintenance]")).to_be_hidden()
    ink = page.evaluate("getComputedStyle(document.querySelector('.sign.over')).color").removeprefix("rgb(").rstrip(")")
    warn = ink.replace(",", "")
    assert chart.evaluate(INKS).get(warn, 0) > 5
    memory = shown(page, showcase, key="memory")
    assert memory.evaluate(INKS).get(warn, 0) == 0


def test_a_chart_follows_the_theme(page: Page, showcase: Showcase) -> None:
    chart = shown(page, showcase)
    light = chart.evaluate(INKS)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("figure => figure.querySelector('canvas')", arg=chart.element_handle())
    line = "getComputedStyle(document.querySelector('#chart-cpu .swatch path')).stroke"
    ink = page.evaluate(line).removeprefix("rgb(").rstrip(")").replace(",", "")
    assert ink not in light
    page.wait_for_function(f"figure => ({INKS})(figure)['{ink}'] > 200", arg=chart.element_handle())
    page.evaluate("document.documentElement.dataset.theme = 'light'")  # chosen here, whatever the system wishes
    page.wait_for_function(f"figure => !({INKS})(figure)['{ink}']", arg=chart.element_handle())


def test_charts_below_the_fold_wait_until_they_are_seen(page: Page, showcase: Showcase) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/history/" in request.url else None)
    shown(page, showcase)
    assert not any("mount" in url for url in asked)
    page.locator("#chart-mount-1").scroll_into_view_if_needed()
    expect(page.locator("#chart-mount-1 canvas")).to_be_visible()
    assert any("mount%3A%2Fsrv%2Fdata" in url for url in asked)


def test_a_history_that_cannot_be_read_is_said_and_asked_again(page: Page, showcase: Showcase) -> None:
    page.route("**/history/*metric=cpu_usage*", lambda route: route.fulfill(status=204))
    page.goto(showcase.url + SERVER)
    expect(page.locator("#chart-cpu .said")).to_have_text("The history cannot be read now.")
    expect(page.locator("#chart-memory canvas")).to_be_visible()
    page.unroute_all()
    page.locator("#chart-memory .plot").press("+")
    expect(page.locator("#chart-cpu canvas")).to_be_visible()


def test_a_limit_is_edited_where_it_stands(page: Page, showcase: Showcase) -> None:
    chart = shown(page, showcase)
    page.evaluate("window.stayed = true")
    field = chart.get_by_label("Limit of CPU")
    field.fill("0")
    field.evaluate("field => { field.form.noValidate = true; }")
    field.press("Enter")
    expect(chart.locator(".error")).to_contain_text("greater than or equal to 1")
    assert field.input_value() == "0"
    field.fill("55")
    field.press("Enter")
    expect(chart.get_by_role("status").first).to_contain_text("judged from the next sample on")
    expect(chart.locator("#limit-cpu_usage")).to_have_attribute("data-limit", "55")
    expect(page.locator("#now .gauges li").first).to_contain_text("limit 55 %")
    expect(chart.locator(".limit small")).to_have_text("set here")
    chart.get_by_role("button", name="Undo what was set for CPU").click()
    expect(chart.locator(".limit small")).to_have_text("template Shop")
    assert page.evaluate("window.stayed")


NEWS = """(now, [seconds, cpu]) => {
    const newest = JSON.parse(now.dataset.newest);
    now.dataset.newest = JSON.stringify({ ...newest, time: newest.time + seconds, cpu_usage: cpu });
}"""
"""What the page's live fragment brings."""


def test_new_numbers_are_drawn_without_a_request(page: Page, showcase: Showcase) -> None:
    chart = shown(page, showcase, "?range=1h")
    points = int(chart.get_attribute("data-points") or 0)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#now").evaluate(NEWS, [60, 12.5])
    expect(chart.locator("td.now")).to_have_text("13 %")
    assert int(chart.get_attribute("data-points") or 0) in (points, points + 1)  # the oldest may have gone
    assert not [url for url in asked if "/api/" in url]
    with page.expect_request("**/history/?metric=cpu_usage*"):  # much was missed
        page.locator("#now").evaluate(NEWS, [600, 14.5])
