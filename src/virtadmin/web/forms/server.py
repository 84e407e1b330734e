"""Changing a server: its settings and its limits."""

from typing import Any

from django import forms

from virtadmin.alerting.models import Threshold
from virtadmin.servers.models import Server
from virtadmin.web.forms.fields import Plain


class ServerSettings(Plain):
    """What people set of a server; saved by `servers.services.server_update`."""

    name = forms.CharField(label="Name", max_length=100)
    tags = forms.CharField(
        label="Tags", required=False, max_length=500, help_text="Words to group by, with commas between."
    )
    interval = forms.IntegerField(label="Ask every", min_value=5, max_value=3600, help_text="Seconds, 5 to 3600.")
    link_speed = forms.IntegerField(
        label="Link speed",
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text="Mb/s. Empty: as found on the server. Network limits are percent of it.",
    )

    @classmethod
    def for_server(cls, server: Server, data: Any = None) -> "ServerSettings":
        initial = {
            "name": server.name,
            "tags": ", ".join(tag.name for tag in server.tags.all()),
            "interval": server.interval,
            "link_speed": server.link_speed,
        }
        return cls(data, initial=initial)

    def clean_tags(self) -> list[str]:
        return [word.strip() for word in self.cleaned_data["tags"].split(",") if word.strip()]


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
