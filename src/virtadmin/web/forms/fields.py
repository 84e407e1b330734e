"""Form parts that look and behave alike on every page."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet

from virtadmin.accounts.models import User
from virtadmin.servers.models import Server

SECRET = {"autocomplete": "off", "spellcheck": "false"}


class SecretInput(forms.PasswordInput):
    """A password that is never filled in again by us, nor offered to be saved by the browser."""

    def __init__(self, **attrs: str) -> None:
        super().__init__({"autocomplete": "new-password", **attrs}, render_value=False)


class KeyInput(forms.Textarea):
    """A private key. What was pasted is not sent back, except by the form it failed in."""

    def __init__(self) -> None:
        super().__init__({"rows": 4, "class": "code", "placeholder": "-----BEGIN OPENSSH PRIVATE KEY-----", **SECRET})

    def format_value(self, value: Any) -> str | None:
        return None


class Plain(forms.Form):
    """A form whose labels end without a colon."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


def groups_field() -> "forms.ModelMultipleChoiceField[Group]":
    """With whom a server or a website is shared; the form gives it `groups_choosable`."""
    return forms.ModelMultipleChoiceField(
        Group.objects.none(), label="Shared with", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Members see it and are told of it; whether they may change it says their role.",
    )  # fmt: skip


def groups_choosable(user: User, shared: Q | None = None) -> QuerySet[Group]:
    """The groups somebody may share something with: all of them, or their own and those it is `shared` with already."""
    own = Q(user=user) | shared if shared else Q(user=user)
    return Group.objects.all() if user.sees_all else Group.objects.filter(own).distinct()


def servers_offer(form: forms.Form, name: str, visible: QuerySet[Server], chosen: int | None) -> None:
    """Let the field offer the visible servers. A chosen one that is not among them stays, unnamed: no field then."""
    form.fields[name].queryset = visible.only("name")  # type: ignore[attr-defined]
    if chosen and not visible.filter(pk=chosen).exists():
        del form.fields[name]


class LoginFields(Plain):
    """How to get in to a server once: used to enrol it and to take it away again. Nothing of it is kept."""

    username = forms.CharField(
        label="Login",
        initial="root",
        max_length=100,
        required=False,
        help_text="root, or a user who may use sudo. Any other works too, with fewer guarantees.",
        widget=forms.TextInput({"autocapitalize": "none", **SECRET}),
    )
    password = forms.CharField(label="Password", required=False, strip=False, widget=SecretInput())
    ssh_key = forms.CharField(
        label="Private key",
        required=False,
        help_text="OpenSSH or PEM, instead of a password.",
        widget=KeyInput(),
    )
    ssh_key_passphrase = forms.CharField(
        label="Passphrase of the key", required=False, strip=False, widget=SecretInput()
    )
