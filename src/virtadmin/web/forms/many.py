"""Adding many servers at once: the list, and the login for all."""

from typing import Any

from django import forms

from virtadmin.servers.import_reading import TEXT_MAX
from virtadmin.servers.import_registry import FORMATS
from virtadmin.web.forms.fields import SECRET, LoginFields, Plain


class AddMany(Plain):
    """A pasted list, or a file with one."""

    text = forms.CharField(
        label="The list",
        required=False,
        strip=False,
        max_length=TEXT_MAX,
        widget=forms.Textarea({"rows": 12, "class": "code", "wrap": "off", "autocapitalize": "none", **SECRET}),
    )
    file = forms.FileField(label="Or a file", required=False)
    format_name = forms.ChoiceField(
        label="Format",
        required=False,
        choices=lambda: [("", "Find it out"), *((form.name, form.label) for form in FORMATS)],
    )

    def clean(self) -> dict[str, Any]:
        fields = super().clean() or self.cleaned_data
        upload = fields.pop("file", None)
        if upload and not fields.get("text"):
            if upload.size > TEXT_MAX:
                self.add_error("file", f"{TEXT_MAX // 1024} KiB at most.")
            else:
                fields["text"] = upload.read().decode(errors="replace")
        return fields


class StartMany(LoginFields):
    """How to get in to all of them, once; and whether the keys they show are trusted."""

    trust_shown = forms.BooleanField(
        label="I compared these keys, or accept them as they are shown now", required=False
    )
