"""Adding a server: the wizard's steps, the page with all of them at once, and what is set at the end."""

import re
from typing import Any

from django import forms

from virtadmin.servers.checks import FINGERPRINT
from virtadmin.servers.models import Server
from virtadmin.web.forms.fields import SECRET, LoginFields, Plain

Keys = list[tuple[str, str]]
"""Algorithm and fingerprint of the keys a host has shown."""
READ_ALOUD = re.compile(rf"SHA256:{FINGERPRINT.pattern.removeprefix('(?:SHA256:)?')}")
NOT_AMONG_THEM = (
    "The server at this address shows no such key. Either this is another machine, or somebody is between it and the "
    "hub: give no login before you know which."
)


def address_field() -> forms.CharField:
    """The address of one server."""
    typed = {"autocapitalize": "none", "inputmode": "url", **SECRET}
    return forms.CharField(
        label="Address", max_length=255, help_text="IP address or host name.", widget=forms.TextInput(typed)
    )


def port_field() -> forms.IntegerField:
    """The port of its sshd."""
    return forms.IntegerField(label="Port", initial=22, min_value=1, max_value=65535)


def name_field() -> forms.CharField:
    """What to call it."""
    return forms.CharField(
        label="Name", required=False, max_length=100, help_text="Empty: what the server calls itself."
    )


class AddressStep(Plain):
    """Step 1: where it is."""

    ip_address = address_field()
    port = port_field()


class KeyStep(Plain):
    """Step 2: the keys it has shown, and the one a person compared."""

    ip_address = forms.CharField(max_length=255, widget=forms.HiddenInput())
    port = forms.IntegerField(min_value=1, max_value=65535, widget=forms.HiddenInput())
    shown = forms.CharField(widget=forms.HiddenInput())
    host_key_fingerprint = forms.CharField(max_length=100)
    console = forms.CharField(
        label="Or let the hub compare",
        required=False,
        help_text="Paste what that command printed.",
        widget=forms.TextInput({"class": "code", "autocapitalize": "none", "placeholder": "256 SHA256:…", **SECRET}),
    )

    @property
    def keys(self) -> Keys:
        """What the host has shown."""
        words = str(self["shown"].value() or "").split()
        return list(zip(words[::2], words[1::2], strict=False))

    @classmethod
    def for_keys(cls, ip_address: str, port: int, keys: Keys) -> "KeyStep":
        shown = " ".join(word for key in keys for word in key)
        chosen = keys[0][1]
        return cls(initial={"ip_address": ip_address, "port": port, "shown": shown, "host_key_fingerprint": chosen})

    def clean(self) -> dict[str, Any]:
        fields = super().clean() or self.cleaned_data
        known = [fingerprint for _, fingerprint in self.keys]
        if fields.get("console"):
            read = [f"SHA256:{found}" for found in READ_ALOUD.findall(fields["console"])]
            if not read:
                self.add_error("console", "There is no fingerprint in this: it has SHA256: and 43 characters.")
            elif not (same := [fingerprint for fingerprint in read if fingerprint in known]):
                self.add_error("console", NOT_AMONG_THEM)
            else:
                fields["host_key_fingerprint"] = same[0]
        return fields


class LoginStep(LoginFields):
    """Step 3: how to get in, once; and what to call it."""

    ip_address = forms.CharField(max_length=255, widget=forms.HiddenInput())
    port = forms.IntegerField(min_value=1, max_value=65535, widget=forms.HiddenInput())
    host_key_fingerprint = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput())
    name = name_field()


class AddServer(LoginFields):
    """All at once: what `servers.services.profile_create` takes."""

    ip_address = address_field()
    port = port_field()
    name = name_field()
    host_key_fingerprint = forms.CharField(
        label="Fingerprint of its host key",
        required=False,
        max_length=100,
        help_text="SHA256:… If given, it is compared before anything is sent.",
        widget=forms.TextInput({"class": "code", "autocapitalize": "none", **SECRET}),
    )
    field_order = ["ip_address", "port", "username", "password", "ssh_key", "ssh_key_passphrase", "name"]


class FirstSettings(Plain):
    """At the end: what people set of a new server."""

    name = forms.CharField(label="Name", max_length=100)
    tags = forms.CharField(
        label="Tags", required=False, max_length=500, help_text="Words to group by, with commas between."
    )
    interval = forms.IntegerField(label="Ask every", min_value=5, max_value=3600, help_text="Seconds, 5 to 3600.")

    @classmethod
    def for_server(cls, server: Server, data: Any = None) -> "FirstSettings":
        tags = ", ".join(tag.name for tag in server.tags.all())
        return cls(data, initial={"name": server.name, "tags": tags, "interval": server.interval})

    def clean_tags(self) -> list[str]:
        return words(self.cleaned_data["tags"])


def words(text: str) -> list[str]:
    """Words with commas between."""
    return [word.strip() for word in text.split(",") if word.strip()]
