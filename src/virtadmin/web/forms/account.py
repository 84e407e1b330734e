"""One's own account: who one is, the password, and a new token."""

from typing import Any

from django import forms

from virtadmin.accounts.models import User
from virtadmin.accounts.services import TOKEN_NAME_LENGTH
from virtadmin.web.forms.channels import TimeZoneForm
from virtadmin.web.forms.fields import Plain, SecretInput


class Profile(TimeZoneForm):
    """What people change of themselves; saved by `accounts.services.user_update`."""

    field_order = ("first_name", "last_name", "email", "time_zone")
    first_name = forms.CharField(
        label="First name", required=False, max_length=150, widget=forms.TextInput({"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label="Last name", required=False, max_length=150, widget=forms.TextInput({"autocomplete": "family-name"})
    )
    email = forms.EmailField(
        label="Email", required=False, widget=forms.EmailInput({"autocomplete": "email"}),
        help_text="Alerts go there too, where the hub sends email.",
    )  # fmt: skip

    @classmethod
    def of(cls, user: User, data: Any = None) -> "Profile":
        form = cls(data, initial={name: getattr(user, name) for name in cls.base_fields})
        form.fields["time_zone"].label = "Time zone"
        form.fields["time_zone"].help_text = f"Quiet hours count in it. Empty: the hub's. It is {user.zone} now."
        return form


class ChangePassword(Plain):
    """Saved by `accounts.services.user_change_password`."""

    old_password = forms.CharField(
        label="Present password", strip=False, max_length=1024,
        widget=SecretInput(autocomplete="current-password"),
    )  # fmt: skip
    new_password = forms.CharField(
        label="New password", strip=False, max_length=1024, help_text="10 characters or more.",
        widget=SecretInput(autocomplete="new-password"),
    )  # fmt: skip


class NewToken(Plain):
    """What the token is for; the password, that it is its owner who makes it."""

    name = forms.CharField(
        label="Name", max_length=TOKEN_NAME_LENGTH, help_text="What it is for, such as “deploy script”.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip
    password = forms.CharField(
        label="Your password", strip=False, max_length=1024,
        widget=SecretInput(autocomplete="current-password"),
    )  # fmt: skip
