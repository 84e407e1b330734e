"""Users."""

import uuid
import zoneinfo
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.core.exceptions import ValidationError
from django.db import models

from virtadmin.accounts.roles import Role


def validate_zone(name: str) -> None:
    """Refuse what is no time zone of the IANA's list."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValidationError("There is no time zone of this name; it must be one such as Europe/Berlin.") from None


class UserManager(DjangoUserManager["User"]):
    """Django's, with a superuser having the admin role."""

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **fields: Any
    ) -> "User":
        return super().create_superuser(username, email, password, **{"role": Role.ADMIN, **fields})


class User(AbstractUser):
    """A person. `uuid` is the id others may know; `role` says what they may do, groups whose servers they share."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    time_zone = models.CharField(
        max_length=64, blank=True, validators=[validate_zone], help_text="such as Europe/Berlin; empty = the hub's"
    )
    """Quiet hours and maintenance count in it, and times are shown in it."""

    objects: ClassVar[UserManager] = UserManager()

    @property
    def sees_all(self) -> bool:
        """Admins and staff see everyone's objects."""
        return self.role == Role.ADMIN or self.is_staff or self.is_superuser

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone of this person."""
        return zoneinfo.ZoneInfo(self.time_zone or settings.TIME_ZONE)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; an admin is always let into the admin site."""
        if self.role == Role.ADMIN and not self.is_staff:
            self.is_staff = True
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "is_staff"}
        super().save(*args, **kwargs)
