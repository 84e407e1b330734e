"""Accounts of others, and groups."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group

from virtadmin.accounts.models import User
from virtadmin.accounts.roles import Role
from virtadmin.web.forms.fields import SECRET, Plain


class GroupTicks(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # it takes none when it runs
    """Groups to tick."""

    def __init__(self) -> None:
        super().__init__(
            Group.objects.order_by("name"), required=False, label="Groups", widget=forms.CheckboxSelectMultiple()
        )


class Invitation(Plain):
    """A new account; saved by `accounts.services.user_create`."""

    username = forms.CharField(
        label="User name",
        max_length=150,
        widget=forms.TextInput({"autocapitalize": "none", "autofocus": True, **SECRET}),
    )
    email = forms.EmailField(label="Email", required=False, widget=forms.EmailInput({"autocomplete": "off"}))
    role = forms.ChoiceField(label="Role", choices=Role.choices, initial=Role.VIEWER)
    groups = GroupTicks()


class Person(Plain):
    """What admins set of an account; saved by `accounts.services.user_update`."""

    email = forms.EmailField(label="Email", required=False, widget=forms.EmailInput({"autocomplete": "off"}))
    role = forms.ChoiceField(label="Role", choices=Role.choices)
    groups = GroupTicks()
    is_active = forms.BooleanField(
        label="May sign in", required=False, help_text="Taken away, their sessions and tokens end at once."
    )

    @classmethod
    def of(cls, person: User, data: Any = None) -> "Person":
        plain = {name: getattr(person, name) for name in ("email", "role", "is_active")}
        return cls(data, initial={**plain, "groups": person.groups.all()})


class GroupForm(Plain):
    """A group; saved by `accounts.groups`."""

    name = forms.CharField(label="Name", max_length=150, widget=forms.TextInput({"autocomplete": "off"}))
    members = forms.ModelMultipleChoiceField(
        User.objects.order_by("username"), required=False, label="Members", widget=forms.CheckboxSelectMultiple()
    )

    @classmethod
    def of(cls, group: Group, data: Any = None) -> "GroupForm":
        return cls(data, initial={"name": group.name, "members": group.user_set.all()})


class Share(Plain):
    """A server or website to share with a group."""

    what = forms.CharField(
        label="Server or website", max_length=500, help_text="Its name or address.",
        widget=forms.TextInput({"autocapitalize": "none", **SECRET}),
    )  # fmt: skip
