"""The table of who is told, where that is not everybody who may see it."""

from django.conf import settings
from django.db import models

from virtadmin.servers.models import Server, Tag
from virtadmin.websites.models import Url


class Recipients(models.Model):
    """Who is told of a server, of a website, or of the servers and websites with a tag. Exactly one is set.

    By a tag it covers what its owner owns, and everyone's if its owner is an admin. What is said for a server or a
    website itself comes before what is said for its tags; those of several tags add up. People who may not see it are
    passed over, and when nobody is left, everybody who may see it is told.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recipients", editable=False
    )
    server = models.ForeignKey(Server, null=True, blank=True, on_delete=models.CASCADE, related_name="recipients")
    url = models.ForeignKey(
        Url, null=True, blank=True, on_delete=models.CASCADE, related_name="recipients", verbose_name="website"
    )
    tag = models.ForeignKey(Tag, null=True, blank=True, on_delete=models.CASCADE, related_name="recipients")
    users = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="told_of")

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "recipients"
        constraints = [
            models.UniqueConstraint(fields=["server"], name="recipients_once_per_server"),
            models.UniqueConstraint(fields=["url"], name="recipients_once_per_url"),
            models.UniqueConstraint(fields=["owner", "tag"], name="recipients_once_per_tag"),
        ]

    def __str__(self) -> str:
        return f"of {self.server.name if self.server else self.url or f'tag {self.tag}'}"
