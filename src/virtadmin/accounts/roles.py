"""The three roles and what each may do, in one place. Django's own permissions and groups can only add to it."""

from django.db import models


class Role(models.TextChoices):
    """What a user is here. What they see is limited further: `accounts.selectors.visible`."""

    ADMIN = "admin", "Admin: everything, everyone's"
    OPERATOR = "operator", "Operator: adds and changes own and shared servers"
    VIEWER = "viewer", "Viewer: reads own and shared servers"


OPERATED = (
    "servers.server",
    "servers.initialserverprofile",
    "servers.serverimport",
    "servers.tag",
    "websites.url",
    "alerting.threshold",
    "alerting.incident",
    "alerting.silence",
    "alerting.maintenancewindow",
    "alerting.recipients",
    "alerting.thresholdtemplate",
    "statuspages.statuspage",
)
"""Models an operator may add, change and delete."""
READ = (*OPERATED, "servers.unknownsystem", "notifications.notification", "notifications.delivery", "auditlog.logentry")
"""Models everyone may read (as far as they may see the objects)."""
OWN = ("notifications.notification",)
"""Models whose own rows everyone may change (mark read) and delete."""
KEPT = ("notifications.userchannel", "notifications.botuserlink")
"""Models whose own rows everyone may make, read, change and delete."""
ACTIONS = ("view", "add", "change", "delete")
"""What roles rule. Other permissions ("websites.private_url") are the admins', and theirs whom an admin gives them."""


def role_allows(role: str, permission: str) -> bool:
    """Whether the role grants `app.action_model`, such as "servers.change_server"."""
    app, _, name = permission.partition(".")
    action, _, model = name.partition("_")
    subject = f"{app}.{model}"
    if role == Role.ADMIN:
        return True
    if action not in ACTIONS:
        return False
    if subject in KEPT:
        return True
    if action == "view":
        return subject in READ
    if subject in OWN:
        return action in ("change", "delete")
    return role == Role.OPERATOR and subject in OPERATED
