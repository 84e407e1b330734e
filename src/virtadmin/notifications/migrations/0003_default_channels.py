"""Everybody gets the channels that new people get; what is on its way goes over them."""

from typing import Any

from django.db import migrations

DEFAULTS = {"in_page": "info", "email": "warning", "server_log": "warning"}
UNFINISHED = ("pending", "claimed", "failed")


def give(apps: Any, _: Any) -> None:
    """Written so that a second run changes nothing."""
    person, channel, delivery = (
        apps.get_model("accounts", "User"),
        apps.get_model("notifications", "UserChannel"),
        apps.get_model("notifications", "Delivery"),
    )
    for user in person.objects.filter(channels=None):
        for kind, level in DEFAULTS.items():
            row = channel.objects.create(user=user, kind=kind, level=level)
            mine = delivery.objects.filter(notification__recipient=user, channel=kind, status__in=UNFINISHED)
            mine.update(user_channel=row)


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_channels")]
    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
