"""Forms of silences, maintenance windows, recipients and limits by tag."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from virtadmin.accounts.models import User
from virtadmin.accounts.selectors import visible
from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.models import Incident, Recipients, Silence, ThresholdTemplate
from virtadmin.alerting.rules.maintenance import FIELDS
from virtadmin.alerting.rules.recipients import people_known
from virtadmin.alerting.rules.recurrence import WEEKDAYS
from virtadmin.notifications.selectors import tags_choosable
from virtadmin.servers.models import Server
from virtadmin.servers.selectors import servers_visible
from virtadmin.web.forms.channels import TimeZoneForm
from virtadmin.web.forms.fields import Plain
from virtadmin.websites.models import Url

SPANS = {"3600": "1 hour", "28800": "8 hours", "86400": "1 day", "604800": "1 week", "": "until I end it"}
DAYS = dict(zip(WEEKDAYS, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))


class RuleForm(Plain):
    """What all of them have: whose form it is, and the row it changes."""

    def __init__(self, user: User, row: Any = None, data: Any = None) -> None:
        super().__init__(data, initial={} if row is None else self.of(row))
        self.row = row
        self.prepare(user)

    def prepare(self, user: User) -> None:
        """Fill in the choices that depend on who asks, and on what is changed."""

    @classmethod
    def of(cls, row: Any) -> dict[str, Any]:
        """What the form shows of a row."""
        return {name: getattr(row, name) for name in cls.base_fields if hasattr(row, name)}

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return dict(self.cleaned_data)


class ForServers(RuleForm):
    """A rule for a server, a website or a tag."""

    server = forms.ModelChoiceField(Server.objects.none(), required=False, label="Server", empty_label="—")
    url = forms.ModelChoiceField(Url.objects.none(), required=False, label="Website", empty_label="—")
    tag = forms.ChoiceField(
        required=False, label="Tag", help_text="Every server and website with it, those to come too."
    )

    def prepare(self, user: User) -> None:
        self.fields["server"].queryset = servers_visible(user).defer("private_key")  # type: ignore[attr-defined]
        own = [self.initial["tag"]] if self.initial.get("tag") else []
        urls = visible(Url.objects.all(), user).only("name", "uri")
        self.fields["url"].queryset = urls  # type: ignore[attr-defined]
        names = sorted({*tags_choosable(user).values_list("name", flat=True), *own})
        self.fields["tag"].choices = [("", "—"), *((name, name) for name in names)]  # type: ignore[attr-defined]

    @classmethod
    def of(cls, row: Any) -> dict[str, Any]:
        return {**super().of(row), "tag": row.tag.name if row.tag else ""}


class SilenceForm(ForServers):
    """Whose messages are held, and for how long."""

    kind = forms.ChoiceField(required=False, label="What", choices=[("", "Everything"), *Incident.Kind.choices])
    seconds = forms.ChoiceField(required=False, label="For", choices=[*SPANS.items()], initial="3600")
    reason = forms.CharField(required=False, label="Reason", max_length=200)

    def prepare(self, user: User) -> None:
        super().prepare(user)
        for name in ("server", "url", "tag", "kind") if self.row else ():
            del self.fields[name]
        if self.row:
            self.fields["seconds"].label = "From now for"

    @classmethod
    def of(cls, row: Silence) -> dict[str, Any]:
        return {"reason": row.reason, "seconds": "3600" if row.ends else ""}

    def values(self) -> dict[str, Any]:
        given = super().values()
        seconds = given.pop("seconds")
        return {**given, "ends": timezone.now() + timedelta(seconds=int(seconds)) if seconds else None}


class MaintenanceForm(ForServers):
    """When it is, and for what."""

    name = forms.CharField(label="Name", max_length=100)
    weekdays = forms.MultipleChoiceField(
        required=False, label="Each week on", choices=[*DAYS.items()], widget=forms.CheckboxSelectMultiple
    )
    month_day = forms.IntegerField(
        required=False, label="or each month on day", min_value=1, max_value=31,
        help_text="In a shorter month its last day.",
    )  # fmt: skip
    date = forms.DateField(required=False, label="or once on", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    start = forms.TimeField(label="From", widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    minutes = forms.IntegerField(label="For minutes", min_value=1, max_value=7 * 24 * 60, initial=60)
    zone = forms.CharField(label="Time zone", max_length=64, widget=forms.TextInput({"list": "zones"}))
    enabled = forms.BooleanField(required=False, label="In use", initial=True)
    field_order = FIELDS

    def prepare(self, user: User) -> None:
        super().prepare(user)
        self.fields["tag"].help_text = "Nothing of these: all servers and websites of yours."
        self.initial.setdefault("zone", user.zone.key)

    zones = staticmethod(TimeZoneForm.zones)
    """What can be entered as a time zone."""


class RecipientsForm(ForServers):
    """Who is told of what."""

    users = forms.ModelMultipleChoiceField(
        User.objects.none(), label="Who is told", widget=forms.CheckboxSelectMultiple
    )

    def prepare(self, user: User) -> None:
        super().prepare(user)
        known = people_known(user)
        if self.row:
            del self.fields["server"], self.fields["url"], self.fields["tag"]
            pks = [person.pk for person in (*known, *self.row.users.all())]
            known = User.objects.filter(pk__in=pks).order_by("username")
        self.fields["users"].queryset = known  # type: ignore[attr-defined]

    @classmethod
    def of(cls, row: Recipients) -> dict[str, Any]:
        return {"users": list(row.users.all())}

    def values(self) -> dict[str, Any]:
        return {**super().values(), "users": list(self.cleaned_data["users"])}


class TemplateForm(RuleForm):
    """Limits for a tag; an empty one says nothing."""

    name = forms.CharField(label="Name", max_length=100)
    tag = forms.CharField(label="Tag", max_length=50, help_text="A new one is made.")
    priority = forms.IntegerField(
        label="Priority", initial=0, min_value=-1000, max_value=1000,
        help_text="Of several templates for one server the higher counts; of equal ones the lower limit.",
    )  # fmt: skip
    cpu_usage = forms.IntegerField(label="CPU, %", required=False, min_value=1, max_value=100)
    ram_usage = forms.IntegerField(label="Memory, %", required=False, min_value=1, max_value=100)
    hdd_usage = forms.IntegerField(label="Disk, %", required=False, min_value=1, max_value=100)
    network_in_usage = forms.IntegerField(label="Network in, %", required=False, min_value=1, max_value=100)
    network_out_usage = forms.IntegerField(label="Network out, %", required=False, min_value=1, max_value=100)
    window = forms.IntegerField(
        label="Mean of, seconds",
        required=False,
        min_value=0,
        max_value=3600,
        help_text="What is left empty is taken from other templates or the defaults.",
    )

    @classmethod
    def of(cls, row: ThresholdTemplate) -> dict[str, Any]:
        return {**super().of(row), "tag": row.tag.name}


def limits_said(template: ThresholdTemplate) -> list[tuple[str, str]]:
    """The limits a template speaks of, as (label, figure)."""
    said = [
        (LIMITS[name].label, f"{value} %") for name in LIMITS.names() if (value := getattr(template, name)) is not None
    ]
    return said if template.window is None else [*said, ("mean of", f"{template.window} s")]
