"""The tables of public status pages."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from virtadmin.core.deleting import cascade
from virtadmin.servers.checks import NAME_MAX
from virtadmin.servers.models import Server, Tag
from virtadmin.statuspages.checks import INTRO_MAX, SLUG_MAX, slug_made
from virtadmin.websites.models import Url


class StatusPage(models.Model):
    """What anybody may read at `/status/<slug>/`, as long as it is switched on and its owner may see it."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="status_pages", editable=False
    )
    title = models.CharField(max_length=NAME_MAX)
    intro = models.TextField(
        "a few words", blank=True, max_length=INTRO_MAX, help_text="below the title; plain text"
    )  # fmt: skip
    slug = models.CharField(
        "address", max_length=SLUG_MAX, unique=True, default=slug_made,
        help_text="the last part of the address; small letters, digits and hyphens",
    )  # fmt: skip
    enabled = models.BooleanField("switched on", default=True, help_text="off = there is no such page")
    indexed = models.BooleanField("may be found", default=False, help_text="by search engines")

    class Meta:
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title


class StatusEntry(models.Model):
    """A line of a page: a website, a server, or all that has a tag, under a name made for the public."""

    page = models.ForeignKey(StatusPage, on_delete=models.CASCADE, related_name="entries")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField("public name", max_length=NAME_MAX)
    url = models.ForeignKey(
        Url, null=True, blank=True, on_delete=cascade, related_name="status_entries", verbose_name="website"
    )
    server = models.ForeignKey(Server, null=True, blank=True, on_delete=cascade, related_name="status_entries")
    tag = models.ForeignKey(Tag, null=True, blank=True, on_delete=cascade, related_name="status_entries")

    class Meta:
        ordering = ["page", "position", "pk"]
        verbose_name_plural = "status entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(url__isnull=False, server=None, tag=None)
                | Q(url=None, server__isnull=False, tag=None)
                | Q(url=None, server=None, tag__isnull=False),
                name="status_entry_of_one",
            )
        ]

    def __str__(self) -> str:
        return self.name
