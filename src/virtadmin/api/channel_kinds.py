"""The kinds of channels as the API shows them, from the registry."""

from typing import Any

from rest_framework import serializers

from virtadmin.accounts.models import User
from virtadmin.api.strict import Strict
from virtadmin.notifications.registry import CHANNELS


class FieldSerializer(Strict):
    """One thing the form of a kind asks for."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the framework has one of its own
    help = serializers.CharField()
    secret = serializers.BooleanField(help_text="goes in and never comes out")
    required = serializers.BooleanField()  # type: ignore[assignment]  # the framework has one of its own


class KindSerializer(Strict):
    """A kind of channel."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the framework has one of its own
    help = serializers.CharField()
    single = serializers.BooleanField(help_text="a person has one at most")
    linked = serializers.BooleanField(help_text="made by linking a chat: POST /api/chatbot/")
    unavailable = serializers.CharField(help_text="why the caller cannot have one; empty if they can")
    form = FieldSerializer(many=True, help_text="what it asks for: the keys of a channel's `config`")


def kinds_for(user: User) -> list[dict[str, Any]]:
    """All kinds, and why this person cannot have one."""
    return [
        {
            "name": kind.name,
            "label": kind.label,
            "help": kind.help,
            "single": kind.single,
            "linked": kind.linked,
            "unavailable": kind.available(user),
            "form": [
                {"name": one.name, "label": one.label, "help": one.help, "secret": one.secret, "required": one.required}
                for one in kind.fields
            ],
        }
        for kind in CHANNELS
    ]
