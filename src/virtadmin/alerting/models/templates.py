"""The table of limits that servers inherit by a tag."""

from collections.abc import Collection

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from virtadmin.servers.models import Tag


def _limit(label: str) -> "models.PositiveSmallIntegerField[int | None, int | None]":
    return models.PositiveSmallIntegerField(
        label, null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="percent; empty = this template says nothing of it",
    )  # fmt: skip


class ThresholdTemplate(models.Model):
    """Limits for the servers with a tag: its owner's own, or everyone's if its owner is an admin.

    Where several speak of one limit, the server's owner's own come before an admin's, then counts the higher
    `priority`, then the lower value. What a person set on a server stands above all of them.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="threshold_templates", editable=False
    )
    name = models.CharField(max_length=100)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="threshold_templates")
    priority = models.SmallIntegerField(default=0, help_text="of several templates the higher counts")
    cpu_usage = _limit("CPU")
    ram_usage = _limit("memory")
    hdd_usage = _limit("disk")
    network_in_usage = _limit("network in")
    network_out_usage = _limit("network out")
    window = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(3600)],
        help_text="seconds whose mean is judged; empty = this template says nothing of it",
    )  # fmt: skip

    left: Collection[int] = ()
    """The servers it was for, while it is being deleted."""

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
