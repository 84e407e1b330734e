"""Makes the pictures of the README and the docs from the showcase: `screenshots FOLDER`."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from tests.e2e.browser import WIDTHS, chromium, sign_in
from tests.e2e.showcase import Showcase

PICTURES = {
    "overview-light": ("/", "light", "desktop"),
    "overview-dark": ("/", "dark", "desktop"),
    "overview-phone": ("/", "light", "phone"),
    "server-light": ("/servers/1/", "light", "desktop"),
    "server-dark": ("/servers/1/", "dark", "desktop"),
    "websites-light": ("/websites/", "light", "desktop"),
    "website-dark": ("/websites/1/", "dark", "desktop"),
    "status-light": ("/status/example-shop/", "light", "desktop"),
    "add-light": ("/servers/add/", "light", "desktop"),
    "enrolment-dark": ("/enrolments/1/", "dark", "desktop"),
    "admin-light": ("/admin/servers/server/", "light", "desktop"),
}
"""Name: the page, light or dark, and how wide."""


def take(browser: Browser, showcase: Showcase, folder: Path) -> None:
    """All of them, each in a context of its own."""
    for name, (path, scheme, width) in PICTURES.items():
        context = browser.new_context(viewport=WIDTHS[width], color_scheme=scheme)
        page = context.new_page()
        sign_in(page, showcase.url)
        page.goto(showcase.url + path)
        page.wait_for_load_state("load")
        page.wait_for_timeout(500)
        page.screenshot(path=folder / f"{name}.png")
        context.close()


def main(folder: Path) -> None:
    """Write them into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, chromium() as browser:
        showcase = Showcase(Path(home))
        try:
            take(browser, showcase.start(), folder)
        finally:
            showcase.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
