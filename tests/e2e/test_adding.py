"""Adding servers in a browser, on real hosts: by the wizard, by script, twenty at once; on a desk and on a phone."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import CHROMIUM, WIDTHS, axe, complaints, sign_in
from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from tests.running.hub import Hub

pytestmark = [
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(400),
]
SLOW = 90_000
"""Milliseconds a busy machine may need for what takes a few seconds."""
MANY = 20


@pytest.fixture(params=list(WIDTHS))
def page(request: pytest.FixtureRequest, browser: Browser, hub: Hub) -> Iterator[Page]:
    """Signed in, at both sizes; at the end it must not have complained."""
    context = browser.new_context(viewport=WIDTHS[request.param])
    opened = context.new_page()
    heard = complaints(opened)
    sign_in(opened, f"http://{hub.listen}", password=hub.password)
    yield opened
    context.close()
    assert [line for line in heard if "422" not in line] == []  # a form that was refused


@pytest.fixture
def host(request: pytest.FixtureRequest, make_host: MakeHost) -> Host:
    """A fresh one for each size."""
    number = list(WIDTHS).index(request.node.callspec.params["page"])
    return make_host(f"e2e-add{number}", f"127.0.1.{181 + number}", "bookworm", "py")


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def heading(page: Page) -> str:
    """What has the focus."""
    return str(page.evaluate("document.activeElement.textContent"))


def address_given(page: Page, hub: Hub, address: str) -> None:
    """Step 1, by the keyboard alone."""
    page.goto(f"http://{hub.listen}/servers/add/")
    expect(page.get_by_label("Address")).to_be_focused()
    page.keyboard.type(address)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Is it the right one?")).to_be_focused()


def test_a_server_is_added_step_by_step(page: Page, hub: Hub, host: Host) -> None:
    page.goto(f"http://{hub.listen}/servers/add/")
    page.get_by_label("Address").fill(host.address)
    page.get_by_label("Port").fill("9")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing listens on port 9")).to_be_visible()
    expect(page.get_by_label("Port")).to_be_focused()
    page.get_by_label("Port").fill("22")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Is it the right one?")).to_be_focused()
    printed = host.sh("ssh-keygen -lf /etc/ssh/ssh_host_ecdsa_key.pub")
    expect(page.get_by_text(printed.split()[1])).to_be_visible()
    assert fits(page)
    page.get_by_label("Or let the hub compare").fill("256 SHA256:" + "x" * 43 + " root@elsewhere (ED25519)")
    page.keyboard.press("Enter")
    expect(page.get_by_text("shows no such key")).to_be_visible()
    page.get_by_label("Or let the hub compare").fill(printed)
    page.get_by_role("button", name="It is this server").click()
    expect(page.get_by_role("heading", name="How to get in, once")).to_be_focused()
    expect(page.get_by_text(f"only with the key {printed.split()[1]}")).to_be_visible()
    assert fits(page)

    page.get_by_label("Password", exact=True).fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_text("It failed at: Sign in")).to_be_visible(timeout=SLOW)
    assert fits(page)
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_text(f"only with the key {printed.split()[1]}")).to_be_visible()
    page.get_by_label("Password", exact=True).fill("root-secret")
    page.get_by_role("button", name="Add the server").click()

    expect(page.get_by_text("It is watched")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("7 of 7 steps").first).to_be_visible()
    expect(page.locator("ul.first li", has_text="Fullest disk")).to_contain_text("%", timeout=SLOW)
    assert fits(page)
    page.get_by_label("Name", exact=True).fill("named here")
    page.get_by_label("Tags").fill("e2e")
    page.get_by_label("Ask every").fill("10")
    page.get_by_role("button", name="Save and see it").click()
    page.wait_for_url(re.compile(r"/servers/\d+/"))
    expect(page.get_by_role("heading", name="named here")).to_be_visible()
    assert "root-secret" not in hub.log


def test_a_server_is_added_by_the_printed_script(page: Page, hub: Hub, host: Host) -> None:
    address_given(page, hub, host.address)
    page.get_by_role("button", name="It is this server").click()
    page.get_by_role("button", name="No login: show me the script").click()
    script = page.get_by_label("Script to run on the server").input_value()
    assert fits(page)
    ran = host.run("sh", stdin=script.encode())
    assert ran.returncode == 0, ran.stderr
    page.get_by_role("button", name="I ran it: verify").click()
    expect(page.get_by_text("It is watched")).to_be_visible(timeout=SLOW)


def test_twenty_are_added_at_once(browser: Browser, hub: Hub, make_host: MakeHost) -> None:
    with ThreadPoolExecutor(4) as pool:
        hosts = list(pool.map(lambda n: make_host(f"e2e-many{n:02}", f"127.0.1.{200 + n}"), range(MANY)))
    printed = hosts[0].sh("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub").split()[1]
    lines = [f"many{n:02} {host.address} tags=many" for n, host in enumerate(hosts)]
    lines[0] += f" {printed}"
    hosts[1].sh("echo root:another-secret | chpasswd")
    context = browser.new_context(viewport=WIDTHS["phone"], bypass_csp=True)
    page = context.new_page()
    sign_in(page, f"http://{hub.listen}", password=hub.password)
    page.goto(f"http://{hub.listen}/servers/add-many/")
    page.get_by_label("The list").fill("\n".join([*lines, "ssh -J gate inner"]))
    page.get_by_role("button", name="Read it").click()
    page.wait_for_url("**/imports/*/")
    expect(page.get_by_text("It is reached through another host (gate)")).to_be_visible()
    name = page.get_by_label(f"Name of {hosts[2].address}:22")
    name.fill("renamed")
    expect(page.get_by_text(f"{MANY} hosts looked at")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("as the list names it")).to_have_count(1)
    assert name.input_value() == "renamed"  # keys came in meanwhile
    page.get_by_label(f"Add {hosts[3].address}:22").uncheck()
    assert fits(page)
    assert axe(page) == []

    page.get_by_label("Password", exact=True).fill("root-secret")
    page.get_by_role("button", name="Add the chosen servers").click()
    expect(page.get_by_text(f"The list names no key for {MANY - 2} of them")).to_be_visible()
    assert name.input_value() == "renamed"
    page.get_by_label("Password", exact=True).fill("root-secret")
    page.get_by_label("I compared these keys").check()
    page.get_by_role("button", name="Add the chosen servers").click()
    page.reload()
    expect(page.get_by_text(f"{MANY - 2} added, 1 failed")).to_be_visible(timeout=2 * SLOW)
    expect(page.locator("tr.failed")).to_contain_text("rejected the login")
    expect(page.locator("tr.left")).to_contain_text("many03")
    assert fits(page)
    assert axe(page) == []

    page.get_by_label("Password", exact=True).fill("another-secret")
    page.get_by_role("button", name="Try the failed ones again").click()
    expect(page.get_by_text(f"All {MANY - 1} are watched")).to_be_visible(timeout=SLOW)
    page.get_by_role("link", name="renamed").click()
    expect(page.get_by_role("heading", name="renamed")).to_be_visible()
    assert not [secret for secret in ("root-secret", "another-secret") if secret in hub.log]
    context.close()
