"""Adding and changing a website: an address is enough, everything else is folded into groups."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q

from virtadmin.accounts.models import User
from virtadmin.servers.models import Server
from virtadmin.servers.selectors import servers_visible
from virtadmin.web.forms.fields import SECRET, Plain, SecretInput, groups_choosable, groups_field, servers_offer
from virtadmin.web.forms.headers import lines_of, names_of, pairs_in
from virtadmin.websites.models import (
    MAX_BODY,
    MAX_CA,
    MAX_CONFIRMATIONS,
    MAX_INTERVAL,
    MAX_TEXT,
    MAX_TIMEOUT,
    MAX_URI,
    MAX_USERNAME,
    MIN_INTERVAL,
    Url,
)
from virtadmin.websites.rights import may_allow_private

GROUPS = {
    "Name, tags and server": ("name", "tags", "server", "groups"),
    "What the answer must be like": ("check_status_code", "expected_statuses", "text_present", "text_absent"),
    "How often, and when it counts as down": ("interval", "timeout", "confirmations"),
    "Encryption and certificate": ("check_ssl", "verify_tls", "ca_certificates"),
    "What is sent": ("method", "body", "headers", "secret_headers", "follow_redirects"),
    "Signing in": ("username", "password"),
    "Where the hub may go": ("private_allowed",),
}
"""The fields behind the address, under what they are folded into."""
NEVER_NOTABLE = ("private_allowed", "groups")


def _area(rows: int, placeholder: str) -> forms.Textarea:
    return forms.Textarea({"rows": rows, "class": "code", "placeholder": placeholder, **SECRET})


def _word(**attributes: str) -> forms.TextInput:
    return forms.TextInput({"class": "code", "autocapitalize": "none", **SECRET, **attributes})


@dataclass(frozen=True, slots=True)
class Fold:
    """A group of fields. It is open where something in it was refused, or is not as in a new website."""

    title: str
    fields: list[forms.BoundField]
    is_open: bool


class WebsiteForm(Plain):
    """What `url_create` and `url_update` take."""

    uri = forms.CharField(
        label="Address", max_length=MAX_URI,
        help_text="Such as https://shop.example.org/ or shop.example.org/health; https where you leave that out.",
        widget=_word(inputmode="url", placeholder="https://"),
    )  # fmt: skip
    name = forms.CharField(
        label="Name", required=False, max_length=100, help_text="What messages and lists call it. Empty: its address."
    )
    tags = forms.CharField(
        label="Tags", required=False, max_length=500,
        help_text="Words to group by, with commas between; servers have the same ones.",
    )  # fmt: skip
    server = forms.ModelChoiceField(
        Server.objects.none(), label="Server it runs on", required=False, empty_label="none that is watched here",
        help_text="While that server is lost, you are told of the server alone and not of this website as well.",
    )  # fmt: skip
    groups = groups_field()
    check_status_code = forms.BooleanField(
        label="Look at the status code", required=False, initial=True, help_text="Off: any answer will do."
    )
    expected_statuses = forms.CharField(
        label="Expected status codes", initial="200-299", max_length=200, required=False,
        help_text="Codes and ranges with commas between, such as 200-299, 401; of the last answer.",
        widget=_word(),
    )  # fmt: skip
    text_present = forms.CharField(
        label="Text that must be there", max_length=MAX_TEXT,
        help_text="Looked for in the page's source, up to its first megabyte; letter case and blanks count.",
        required=False, strip=False,
    )  # fmt: skip
    text_absent = forms.CharField(
        label="Text that must not be there",
        max_length=MAX_TEXT,
        help_text="Such as Fatal error.",
        required=False,
        strip=False,
    )
    interval = forms.IntegerField(
        label="Check every", min_value=MIN_INTERVAL, max_value=MAX_INTERVAL, initial=60,
        help_text=f"Seconds, {MIN_INTERVAL} to {MAX_INTERVAL} (a day).",
    )  # fmt: skip
    timeout = forms.IntegerField(
        label="Give up after", min_value=1, max_value=MAX_TIMEOUT, initial=10,
        help_text=f"Seconds a check may take with all redirects, 1 to {MAX_TIMEOUT}.",
    )  # fmt: skip
    confirmations = forms.IntegerField(
        label="Failed checks until it is down", min_value=1, max_value=MAX_CONFIRMATIONS, initial=3,
        help_text="In a row. After the first one it is checked again every few seconds, so this takes no longer than "
        "it must.",
    )  # fmt: skip
    check_ssl = forms.BooleanField(
        label="Remind me before the certificate expires", required=False, initial=True,
        help_text="21, 14, 7, 3 and 1 days before; one that renews itself in time is left alone.",
    )  # fmt: skip
    verify_tls = forms.BooleanField(
        label="The certificate must be valid", required=False, initial=True,
        help_text="Off: any certificate will do, a self-signed one too. With a CA of your own, give that instead.",
    )  # fmt: skip
    ca_certificates = forms.CharField(
        label="Own CA", required=False, max_length=MAX_CA, widget=_area(4, "-----BEGIN CERTIFICATE-----"),
        help_text="Certificates in PEM that are trusted for this website, besides those that browsers trust.",
    )  # fmt: skip
    method = forms.ChoiceField(label="Method", choices=Url.Method.choices, initial=Url.Method.GET)
    body = forms.CharField(
        label="Body", required=False, strip=False, max_length=MAX_BODY, widget=_area(3, ""),
        help_text="Sent with POST alone.",
    )  # fmt: skip
    headers = forms.CharField(
        label="Headers", required=False, max_length=10_000, widget=_area(3, "Accept-Language: de"),
        help_text="One a line. They are sent to this website alone, never on to where a redirect leads.",
    )  # fmt: skip
    secret_headers = forms.CharField(
        label="Secret headers", required=False, max_length=10_000, widget=_area(3, "X-Api-Key: …"),
        help_text="The same, but kept encrypted and never shown again.",
    )  # fmt: skip
    follow_redirects = forms.BooleanField(
        label="Follow redirects", required=False, initial=True, help_text="Ten at most. Off: the first answer counts."
    )
    username = forms.CharField(
        label="User name", required=False, max_length=MAX_USERNAME, widget=_word(),
        help_text="For basic authentication. Empty: none, and a stored password is forgotten.",
    )  # fmt: skip
    password = forms.CharField(
        label="Password", required=False, strip=False, widget=SecretInput(),
        help_text="Kept encrypted and never shown again.",
    )  # fmt: skip
    private_allowed = forms.BooleanField(
        label="Private addresses too", required=False,
        help_text="The hub itself and addresses of your own network (such as 192.168.1.7), also behind a redirect. "
        "Link-local and cloud metadata addresses are asked for nobody.",
    )  # fmt: skip

    def __init__(self, user: User, url: Url | None = None, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=_shown(url) if url else initial)
        self.url = url
        groups = groups_choosable(user, Q(urls=url) if url else None)
        servers_offer(self, "server", servers_visible(user), url.server_id if url else None)
        if url:
            self.fields["secret_headers"].help_text += _of_stored(url)
            self.fields["password"].help_text += " Empty: stays as it is." if url.username else ""
        elif data is None:
            self.fields["uri"].widget.attrs["autofocus"] = True
        self.fields["groups"].queryset = groups  # type: ignore[attr-defined]
        if not groups.exists():
            del self.fields["groups"]
        if may_allow_private(user):
            self.fields["private_allowed"].initial = True
        elif not (url and url.private_allowed):
            del self.fields["private_allowed"]

    def clean_uri(self) -> str:
        """With https:// where no scheme was typed."""
        uri = str(self.cleaned_data["uri"])
        return uri if "://" in uri else f"https://{uri}"

    def clean_tags(self) -> list[str]:
        return [word.strip() for word in self.cleaned_data["tags"].split(",") if word.strip()]

    def clean_expected_statuses(self) -> str:
        """Empty = the usual ones."""
        return self.cleaned_data["expected_statuses"] or str(self.fields["expected_statuses"].initial)

    def clean_body(self) -> str:
        """Browsers send line breaks as CR LF."""
        return str(self.cleaned_data["body"]).replace("\r\n", "\n")

    def clean_headers(self) -> dict[str, str]:
        return pairs_in(self.cleaned_data["headers"])

    def clean_secret_headers(self) -> dict[str, str | None]:
        """A stored one without a value stays as it is."""
        kept = self.url.secret_header_names if self.url else ()
        return names_of(self.cleaned_data["secret_headers"], kept)

    def values(self) -> dict[str, Any]:
        """What the services take."""
        given = dict(self.cleaned_data)
        given["password"] = given["password"] or None
        if "groups" in given:
            given["groups"] = list(given["groups"])
        return given

    def folds(self) -> Iterator[Fold]:
        """The groups, each with those of its fields that this person has."""
        for title, names in GROUPS.items():
            fields = [self[name] for name in names if name in self.fields]
            if fields:
                yield Fold(title, fields, any(self._is_notable(field) for field in fields))

    def _is_notable(self, field: forms.BoundField) -> bool:
        usual = self.fields[field.name].initial or ""
        return bool(field.errors) or (field.name not in NEVER_NOTABLE and str(field.value() or "") != str(usual))


def _shown(url: Url) -> dict[str, Any]:
    """The form's fields of a stored website; secrets are not among them."""
    plain = {name: getattr(url, name) for name in WebsiteForm.base_fields if hasattr(url, name)}
    return {
        **plain,
        "tags": ", ".join(tag.name for tag in url.tags.all()),
        "groups": list(url.groups.all()),
        "server": url.server_id,
        "headers": lines_of(url.headers),
        "secret_headers": "".join(f"{name}:\n" for name in url.secret_header_names),
        "password": "",
    }


def _of_stored(url: Url) -> str:
    if not url.secret_header_names:
        return ""
    return " A stored one shows its name alone: so it stays; give a value to replace it, delete the line to drop it."
