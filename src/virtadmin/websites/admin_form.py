"""The form of a website in the admin site: secrets go in and never come out."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextareaWidget, UnfoldBooleanSwitchWidget


def _text(rows: int) -> UnfoldAdminTextareaWidget:
    return UnfoldAdminTextareaWidget(attrs={"rows": rows, "autocomplete": "off", "spellcheck": "false"})


class UrlForm(forms.ModelForm):  # type: ignore[type-arg]
    """What people set; judged by `websites.services`. What is left empty of the secrets stays as it is."""

    headers = forms.JSONField(
        required=False, widget=_text(4), help_text='Such as {"Accept-Language": "de"}.'
    )  # fmt: skip
    secret_headers = forms.JSONField(
        required=False, widget=_text(4),
        help_text='Such as {"X-Api-Key": "…"}. Of those that are stored the value is null: it stays as it is.',
    )  # fmt: skip
    password = forms.CharField(
        required=False, strip=False, widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Empty = as it is. Without a user name there is none.",
    )  # fmt: skip
    private_allowed = forms.BooleanField(
        required=False, widget=UnfoldBooleanSwitchWidget(), label="Private addresses",
        help_text="Loopback and private addresses may be asked, where a redirect leads too.",
    )  # fmt: skip

    class Meta:
        widgets = {"body": _text(4), "ca_certificates": _text(6)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["secret_headers"] = dict.fromkeys(self.instance.secret_header_names)
            self.initial["private_allowed"] = self.instance.private_allowed

    def clean_headers(self) -> Any:
        """Empty = none."""
        return {} if self.cleaned_data["headers"] is None else self.cleaned_data["headers"]
