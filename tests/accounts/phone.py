"""A person's phone with an authenticator app: it shows codes, as the hub's own clock goes or as it is told."""

from datetime import datetime, timedelta

import pyotp
from django.utils import timezone

from virtadmin.accounts.models import User
from virtadmin.accounts.two_factor import two_factor_begin, two_factor_confirm


class Phone:
    """Set up for one person. Each code it shows is one that was not used yet."""

    def __init__(self, secret: str) -> None:
        self.totp = pyotp.TOTP(secret)

    def code(self, later: int = 0, now: datetime | None = None) -> str:
        """The code of now, or of so many steps of 30 s later."""
        return self.totp.at((now or timezone.now()) + timedelta(seconds=30 * later))

    def wrong(self) -> str:
        """A code that is none of those near now."""
        near = {self.code(step) for step in range(-2, 3)}
        return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in near)


def set_up(user: User) -> tuple[Phone, list[str]]:
    """Switch two-factor sign-in on for the person, a minute ago. Their phone, and their recovery codes."""
    phone = Phone(two_factor_begin(user=user).secret)
    then = timezone.now() - timedelta(seconds=60)
    password = "admin-password" if user.username == "root" else f"{user.username}-password"
    return phone, two_factor_confirm(user=user, password=password, code=phone.code(now=then), now=then)
