"""Signing in: name and password first, then the code where two-factor sign-in is on."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm

from virtadmin.accounts.models import User
from virtadmin.web.forms.fields import Plain, SecretInput


class NameAndPassword(AuthenticationForm):
    """Django's; whoever has a second factor is not in yet when it is valid."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.error_messages["invalid_login"] = "This name and password do not go together."

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("username") and given.get("password"):
            user = authenticate(self.request, username=given["username"], password=given["password"], code_follows=True)
            if not isinstance(user, User):
                raise self.get_invalid_login_error()
            self.user_cache = user
        return given


class Code(Plain):
    """The code of an authenticator app, or a recovery code."""

    code = forms.CharField(
        label="Code",
        max_length=40,
        help_text="Six digits from your authenticator app, or one of your recovery codes.",
        widget=forms.TextInput(
            {"class": "code", "autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false",
             "autofocus": True}
        ),
    )  # fmt: skip


class FirstCode(Plain):
    """The first code an app shows proves that it has the key; the password, that it is its owner who switches it on."""

    password = forms.CharField(
        label="Your password", strip=False, max_length=1024,
        widget=SecretInput(autocomplete="current-password"),
    )  # fmt: skip
    code = forms.CharField(
        label="Code the app shows now",
        max_length=40,
        widget=forms.TextInput(
            {"class": "code", "autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
        ),
    )


class PasswordAndCode(Plain):
    """What it takes to switch two-factor sign-in off."""

    password = forms.CharField(
        label="Your password", strip=False, max_length=1024,
        widget=SecretInput(autocomplete="current-password"),
    )  # fmt: skip
    code = forms.CharField(
        label="Code",
        max_length=40,
        help_text="From your app, or a recovery code.",
        widget=forms.TextInput({"class": "code", "autocomplete": "one-time-code", "spellcheck": "false"}),
    )


class NewPassword(Plain):
    """A password somebody chooses by a link."""

    new_password = forms.CharField(
        label="New password", strip=False, max_length=1024, help_text="10 characters or more.",
        widget=SecretInput(autocomplete="new-password"),
    )  # fmt: skip
    again = forms.CharField(
        label="The same again", strip=False, max_length=1024, widget=SecretInput(autocomplete="new-password")
    )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if "new_password" in given and "again" in given and given["new_password"] != given["again"]:
            self.add_error("again", "The two are not the same.")
        return given
