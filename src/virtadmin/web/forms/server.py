"""Changing a server: its settings and its limits."""

from typing import Any

from django import forms
from django.db.models import Q

from virtadmin.accounts.models import User
from virtadmin.alerting.models import Threshold
from virtadmin.metrics.catalogue import CATALOGUE, Metric
from virtadmin.servers.models import Server
from virtadmin.servers.selectors import servers_visible
from virtadmin.web.forms.fields import Plain, groups_choosable, groups_field, servers_offer


def _said(metric: Metric) -> str:
    """What a metric is called among all of them: some share a name, and differ in the unit."""
    return f"{metric.label}, {metric.unit}" if metric.unit else metric.label


class ServerSettings(Plain):
    """What people set of a server; saved by `servers.services.server_update`."""

    name = forms.CharField(label="Name", max_length=100)
    tags = forms.CharField(
        label="Tags", required=False, max_length=500, help_text="Words to group by, with commas between."
    )
    parent = forms.ModelChoiceField(
        Server.objects.none(), label="Hangs on", required=False, empty_label="nothing that is watched here",
        help_text="Such as the machine it is a guest of. While that is lost, you are told of that alone.",
    )  # fmt: skip
    groups = groups_field()
    interval = forms.IntegerField(label="Ask every", min_value=5, max_value=3600, help_text="Seconds, 5 to 3600.")
    link_speed = forms.IntegerField(
        label="Link speed",
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text="Mb/s. Empty: as found on the server. Network limits are percent of it.",
    )
    metrics_enabled = forms.MultipleChoiceField(
        label="What is kept of its answers",
        choices=[(metric.name, _said(metric)) for metric in CATALOGUE],
        widget=forms.CheckboxSelectMultiple,
        help_text="What is not ticked has no history, no chart and no limit.",
        error_messages={"required": "Tick one at least; to stop asking altogether, pause it."},
    )

    def __init__(self, user: User, server: Server, data: Any = None) -> None:
        super().__init__(data, initial=_shown(server))
        groups = groups_choosable(user, Q(servers=server))
        servers_offer(self, "parent", servers_visible(user).exclude(pk=server.pk), server.parent_id)
        self.fields["groups"].queryset = groups  # type: ignore[attr-defined]
        if not groups.exists():
            del self.fields["groups"]

    def clean_tags(self) -> list[str]:
        return [word.strip() for word in self.cleaned_data["tags"].split(",") if word.strip()]


def _shown(server: Server) -> dict[str, Any]:
    """The form's fields of a server as it is."""
    return {
        "name": server.name,
        "tags": ", ".join(tag.name for tag in server.tags.all()),
        "parent": server.parent_id,
        "groups": list(server.groups.all()),
        "interval": server.interval,
        "link_speed": server.link_speed,
        "metrics_enabled": [name for name in CATALOGUE.names() if name not in server.metrics_disabled],
    }


class Limits(Plain):
    """A server's limits in percent; saved by `alerting.services.threshold_update`."""

    @classmethod
    def for_threshold(cls, threshold: Threshold, data: Any = None) -> "Limits":
        """All of them, or those that were sent: each has a form of its own on the page."""
        form = cls(data, initial={name: getattr(threshold, name) for name in cls.base_fields})
        sent = [name for name in cls.base_fields if data is None or name in data]
        form.fields = {name: form.fields[name] for name in sent}
        return form

    cpu_usage = forms.IntegerField(label="CPU", min_value=1, max_value=100)
    ram_usage = forms.IntegerField(label="Memory", min_value=1, max_value=100)
    hdd_usage = forms.IntegerField(label="Disk", min_value=1, max_value=100)
    network_in_usage = forms.IntegerField(label="Network in", min_value=1, max_value=100)
    network_out_usage = forms.IntegerField(label="Network out", min_value=1, max_value=100)
    window = forms.IntegerField(label="Mean of", min_value=0, max_value=3600)


class AcceptHostKey(Plain):
    """The new fingerprint, as a person read it on the server's own console."""

    fingerprint = forms.CharField(
        label="New fingerprint",
        max_length=100,
        help_text="SHA256:… as `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` prints it on the server.",
        widget=forms.TextInput({"class": "code", "autocomplete": "off", "spellcheck": "false"}),
    )
