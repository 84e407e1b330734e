"""What journeys are made with: a browser, and a hub, all of it or only its pages. One of each for a file."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.browser import chromium
from tests.e2e.showcase import Showcase
from tests.running.hub import Hub


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """All of `virtadmin up`, which looks after this machine."""
    started = Hub(tmp_path_factory.mktemp("hub"))
    try:
        yield started.start()
    finally:
        started.stop()


@pytest.fixture(scope="module")
def showcase(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Showcase]:
    """Pages with a demo fleet, and no collector."""
    shown = Showcase(tmp_path_factory.mktemp("showcase"))
    try:
        yield shown.start()
    finally:
        shown.stop()
