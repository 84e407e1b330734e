"""Which channels a message about a website takes."""

import pytest

from tests.alerting.sites import Sites
from virtadmin.accounts.models import User
from virtadmin.notifications.models import Delivery, UserChannel
from virtadmin.notifications.selectors import tags_choosable
from virtadmin.servers.models import Server, Tag
from virtadmin.websites.models import Url

pytestmark = pytest.mark.usefixtures("valkey")


def ways(sites: Sites) -> set[str]:
    return {*Delivery.objects.filter(notification__recipient=sites.owner).values_list("channel", flat=True)}


@pytest.fixture(autouse=True)
def _in_page_alone_for_a_tag(alice: User) -> None:
    UserChannel.objects.filter(user=alice, kind="in_page").get().tags.add(Tag.objects.create(name="shop"))


def test_a_channel_for_a_tag_takes_what_is_of_a_website_with_it(alice: User) -> None:
    sites = Sites(alice)
    Url.objects.get().tags.add(Tag.objects.get())
    sites.fall()
    assert "in_page" in ways(sites)


def test_and_nothing_of_a_website_without_it(alice: User, server: Server) -> None:
    server.tags.add(Tag.objects.get())
    sites = Sites(alice, server=server)
    sites.fall()
    assert len(sites.told()) == 1
    assert "in_page" not in ways(sites)


def test_the_log_of_a_server_is_not_for_websites(alice: User, server: Server) -> None:
    sites = Sites(alice, server=server)
    sites.fall()
    sites.wait(60)
    sites.see()
    assert "server_log" not in ways(sites)


def test_tags_of_websites_can_be_chosen_by_those_who_see_them(alice: User, charlie: User) -> None:
    Sites(alice)
    assert not tags_choosable(alice).exists()
    Url.objects.get().tags.add(Tag.objects.get())
    assert [tag.name for tag in tags_choosable(alice)] == ["shop"]
    assert not tags_choosable(charlie).exists()
