"""Alice's status page with a website, a server and a tag on it."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.utils import timezone

from tests.web.fleet import watched
from tests.web.sites import checked, days
from virtadmin.accounts.models import User
from virtadmin.servers.models import Server, Tag
from virtadmin.statuspages import published
from virtadmin.statuspages.models import StatusPage
from virtadmin.statuspages.services import Entry, status_page_create
from virtadmin.websites.models import Url


@pytest.fixture(autouse=True)
def _nothing_kept(valkey: object) -> Iterator[None]:
    """No page of another test's, and nobody counted."""
    published._kept.clear()
    yield
    published._kept.clear()


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def shop(alice: User, now: datetime) -> Url:
    """A website that was down for an hour four days ago."""
    made = checked(alice, "https://shop.internal.example/secret-path", now, name="shop-internal")
    days(made, now, 90, outages={4: 3600})
    return made


@pytest.fixture
def mail(alice: User, now: datetime) -> Server:
    """A server."""
    return watched(alice, "mx7.internal.example", "203.0.113.77", now)


@pytest.fixture
def blogs(alice: User, now: datetime) -> list[Url]:
    """Two websites with the tag "customers-of-acme"."""
    made = [
        checked(alice, f"https://blog{number}.internal.example/", now, tags=("customers-of-acme",)) for number in (1, 2)
    ]
    for one in made:
        days(one, now, 10, outages={1: 864})
    return made


@pytest.fixture
def page(alice: User, shop: Url, mail: Server, blogs: list[Url]) -> StatusPage:
    """All of them, under names for the public."""
    tag = Tag.objects.get(name="customers-of-acme")
    entries = [Entry("Shop", url=shop), Entry("Mail", server=mail), Entry("Blogs", tag=tag.name)]
    return status_page_create(actor=alice, title="Our status", intro="Hello\nthere", slug="ours", entries=entries)
