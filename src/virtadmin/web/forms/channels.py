"""A person's channel: the form is drawn from its kind's entry in the registry."""

import zoneinfo
from typing import Any

from django import forms

from virtadmin.accounts.models import User
from virtadmin.notifications.channel import Channel, Field
from virtadmin.notifications.models import UserChannel
from virtadmin.notifications.selectors import channels_visible, settings_shown, tags_choosable
from virtadmin.notifications.services import channel_name
from virtadmin.servers.models import Tag
from virtadmin.web.forms.fields import SECRET, Plain, SecretInput

CLOCK = forms.TimeInput({"type": "time"}, format="%H:%M")


class OtherChannels(forms.ModelChoiceField):  # type: ignore[type-arg]  # it takes none when it runs
    """The person's other channels, by what they are called."""

    def label_from_instance(self, obj: UserChannel) -> str:
        return channel_name(obj)


class ChannelForm(Plain):
    """What `channel_create` and `channel_update` take; the kind's own fields come first."""

    level = forms.ChoiceField(
        label="Which messages", choices=UserChannel.Level.choices, initial=UserChannel.Level.WARNING,
        help_text="The end of an alert goes where the alert went.",
    )  # fmt: skip
    tags = forms.ModelMultipleChoiceField(
        label="Of servers with the tag", queryset=Tag.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple, help_text="None chosen: of all servers.",
    )  # fmt: skip
    quiet_from = forms.TimeField(label="Quiet from", required=False, widget=CLOCK)
    quiet_until = forms.TimeField(label="until", required=False, widget=CLOCK)
    quiet_critical = forms.BooleanField(
        label="Critical messages come in quiet hours all the same", required=False, initial=True
    )
    fallback = OtherChannels(
        label="If it cannot be delivered", queryset=UserChannel.objects.none(), required=False,
        empty_label="It stays in the inbox",
    )  # fmt: skip
    label = forms.CharField(
        label="What you call it", required=False, max_length=100, widget=forms.TextInput({"autocomplete": "off"})
    )

    def __init__(self, user: User, kind: Channel, row: UserChannel | None = None, data: Any = None) -> None:
        super().__init__(data, initial=_initial(row) if row else None)
        self.names = [field.name for field in kind.fields]
        for field in kind.fields:
            self.fields[field.name] = _entry(field, row)
        self.order_fields(["label", *self.names])
        self.fields["label"].widget.attrs["placeholder"] = kind.label
        chosen = Tag.objects.filter(channels=row) if row else Tag.objects.none()
        self.fields["tags"].queryset = (tags_choosable(user) | chosen.distinct()).distinct()  # type: ignore[attr-defined]
        others = channels_visible(user).exclude(pk=row.pk) if row else channels_visible(user)
        self.fields["fallback"].queryset = others  # type: ignore[attr-defined]

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """Those of the kind."""
        return [self[name] for name in self.names]

    def values(self) -> dict[str, Any]:
        """For the services."""
        shared = {name: value for name, value in self.cleaned_data.items() if name not in self.names}
        return {**shared, "config": {name: self.cleaned_data[name] for name in self.names}}


class TimeZoneForm(Plain):
    """The person's time zone, saved by `accounts.services.user_update`."""

    time_zone = forms.CharField(
        label="Your time zone", required=False, max_length=64,
        widget=forms.TextInput({"list": "zones", "autocapitalize": "none", "placeholder": "Europe/Berlin", **SECRET}),
    )  # fmt: skip

    @staticmethod
    def zones() -> list[str]:
        """What can be entered."""
        return sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))


def _initial(row: UserChannel) -> dict[str, Any]:
    shared = {name: getattr(row, name) for name in ("level", "quiet_from", "quiet_until", "quiet_critical", "label")}
    return {**shared, **settings_shown(row), "tags": row.tags.all(), "fallback": row.fallback_id}


def _entry(field: Field, row: UserChannel | None) -> forms.CharField:
    """A field of the kind's. A secret that is kept need not be entered again."""
    kept = field.secret and row is not None
    return forms.CharField(
        label=field.label,
        required=field.required and not kept,
        max_length=2000,
        help_text=f"{field.help} Empty: it stays as it is." if kept else field.help,
        widget=SecretInput() if field.secret else forms.TextInput({**SECRET}),
    )
