"""Adding a server."""

from django import forms

from virtadmin.web.forms.fields import SECRET, LoginFields


class AddServer(LoginFields):
    """What `servers.services.profile_create` takes."""

    ip_address = forms.CharField(
        label="Address",
        max_length=255,
        help_text="IP address or host name.",
        widget=forms.TextInput({"autocapitalize": "none", "autofocus": True, "inputmode": "url", **SECRET}),
    )
    port = forms.IntegerField(label="Port", initial=22, min_value=1, max_value=65535)
    name = forms.CharField(
        label="Name", required=False, max_length=100, help_text="Empty: what the server calls itself."
    )
    host_key_fingerprint = forms.CharField(
        label="Fingerprint of its host key",
        required=False,
        max_length=100,
        help_text="SHA256:… If given, it is compared before anything is sent.",
        widget=forms.TextInput({"class": "code", "autocapitalize": "none", **SECRET}),
    )
    field_order = ["ip_address", "port", "username", "password", "ssh_key", "ssh_key_passphrase", "name"]
