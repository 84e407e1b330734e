"""Reads of websites, all of them limited to what a user may see."""

from django.db.models import QuerySet

from virtadmin.accounts.models import User
from virtadmin.accounts.selectors import visible
from virtadmin.websites.models import Url


def urls_visible(user: User) -> QuerySet[Url]:
    """The websites this user may see."""
    return visible(Url.objects.all(), user)
