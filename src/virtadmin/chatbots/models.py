"""The tables of chats: what makes a link, and who commands in it."""

from django.conf import settings
from django.db import models

from virtadmin.notifications.models import BotUserLink


class LinkToken(models.Model):
    """The secret in a deep link: whoever follows it in time links their chat to this user. Used once."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    """SHA-256 of the token, in hexadecimal: the token itself is nowhere."""
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="link_tokens")
    platform = models.CharField(max_length=20, choices=BotUserLink.Platform.choices)
    expires = models.DateTimeField(db_index=True)
    used = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"link to {self.get_platform_display()} for {self.user}"


class Commander(models.Model):
    """Who, in the platform's own ids, linked a conversation: in a group they alone command."""

    link = models.OneToOneField(BotUserLink, on_delete=models.CASCADE, primary_key=True, related_name="commander")
    person = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.link}: {self.person}"
