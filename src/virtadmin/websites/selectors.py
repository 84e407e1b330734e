"""Reads of websites, all of them limited to what a user may see."""

from datetime import date

from django.db.models import QuerySet

from virtadmin.accounts.models import User
from virtadmin.accounts.selectors import visible
from virtadmin.websites.models import Url, UrlDay
from virtadmin.websites.uptime import Spent


def urls_visible(user: User) -> QuerySet[Url]:
    """The websites this user may see."""
    return visible(Url.objects.all(), user)


def url_days(url: Url, first: date, last: date) -> dict[date, Spent]:
    """What is known of each day (UTC) from the first to the last. Whether the user may see it was asked before."""
    rows = UrlDay.objects.filter(url=url, day__range=(first, last)).order_by()
    return {day: Spent(up, down, held) for day, up, down, held in rows.values_list("day", "up", "down", "held")}
