"""Users, their second factor, their sessions, and the links they set a password by."""

import hashlib
import uuid
import zoneinfo
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.exceptions import ValidationError
from django.db import models
from knox.models import AuthToken

from virtadmin.accounts.roles import Role
from virtadmin.core.secrets import EncryptedTextField


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


class Authenticator(models.Model):
    """The app on a person's phone that makes codes (TOTP, RFC 6238). In force once a first code confirmed it."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="authenticator")
    secret = EncryptedTextField()
    """Base32, 160 bits."""
    confirmed = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(null=True)
    """The time step of the newest code that was accepted: it and all before are refused from then on."""

    def __str__(self) -> str:
        return f"two-factor sign-in of {self.user}"

    @property
    def mark(self) -> str:
        """What tells its key from another without telling the key."""
        return hashlib.sha256(self.secret.encode()).hexdigest()[:16]


class RecoveryCode(models.Model):
    """One of ten codes that each let in once without the phone; gone when it was used."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, editable=False)
    """SHA-256 of the code, in hexadecimal: it has 80 random bits, so a slow hash would add nothing."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once"),)

    def __str__(self) -> str:
        return f"recovery code of {self.user}"


class PasswordLink(models.Model):
    """The secret in a link by which somebody chooses their password: once, for 24 hours."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    """SHA-256 of the token, in hexadecimal: the token itself is nowhere."""
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="password_links")
    expires = models.DateTimeField(db_index=True)
    used = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"password link for {self.user}"


class Session(AbstractBaseSession):
    """A browser's session: whose it is, when and from where it was begun, and when it was last used.

    `session_key` is not the key in the cookie but its hash (`session_public_id`): who reads the table has no session.
    """

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    begun = models.DateTimeField(null=True)
    seen = models.DateTimeField(null=True)
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    """What the browser calls itself."""

    @property
    def public_id(self) -> str:
        """What others may know it by: it opens nothing."""
        return self.session_key


def session_public_id(session_key: str) -> str:
    """The name of the session of this key in the table, in pages and in the API: 160 bits of SHA-256, in hexadecimal.

    The key is random and has more bits than that, so a slow hash would add nothing.
    """
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]


class TokenNote(models.Model):
    """What knox does not keep of an API token: what its owner calls it, and when it was last used."""

    token = models.OneToOneField(AuthToken, on_delete=models.CASCADE, primary_key=True, related_name="note")
    name = models.CharField(max_length=100, blank=True)
    used = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name or "token"
