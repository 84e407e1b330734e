"""The page for people who program against the API."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from virtadmin.accounts.models import User

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def test_it_has_no_script_or_style_inside(alice: User) -> None:
    client = Client()
    client.force_login(alice)
    answer = client.get("/api/docs/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert "<style" not in page
    assert " style=" not in page
    assert not re.search(r"\son\w+=", page)
    assert "https://" not in page
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_all_its_files_are_there(alice: User) -> None:
    client = Client()
    client.force_login(alice)
    files = re.findall(r'(?:src|href)="/static/([^"]+)"', client.get("/api/docs/").content.decode())
    assert len(files) == 4
    assert all(finders.find(name) for name in files)


def test_people_sign_in_first(db: None) -> None:
    answer = Client().get("/api/docs/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/api/docs/")


@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="there is no browser here")
def test_it_works_in_a_browser_under_our_content_policy(live_server: LiveServer, alice: User) -> None:
    client = Client()
    client.force_login(alice)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = browser.new_context()
        context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server.url}/api/docs/")
        name = _call_from_the_page(page)
        browser.close()
    assert name == "alice"
    assert complaints == []


def _call_from_the_page(page: Page) -> str:
    """What "Try it out" on /api/me/ answers."""
    page.click("#operations-me-me_read .opblock-summary-control")
    page.click("#operations-me-me_read .try-out__btn")
    page.click("#operations-me-me_read .execute")
    body = page.locator("#operations-me-me_read .live-responses-table .response-col_description code").first
    body.wait_for()
    return re.search(r'"username": "(\w+)"', body.inner_text())[1]  # type: ignore[index]
