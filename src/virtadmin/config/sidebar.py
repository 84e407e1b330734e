"""The admin site's menu, in the order people need it."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

GROUPS: list[tuple[str, list[tuple[str, str, str]]]] = [
    (
        "Servers and websites",
        [
            ("Servers", "dns", "servers.server"),
            ("Websites", "language", "websites.url"),
            ("Status pages", "public", "statuspages.statuspage"),
            ("Enrolments", "rocket_launch", "servers.initialserverprofile"),
            ("Tags", "sell", "servers.tag"),
            ("Unknown systems", "help", "servers.unknownsystem"),
        ],
    ),
    (
        "Alerting",
        [
            ("Limits", "tune", "alerting.threshold"),
            ("Limits by tag", "new_label", "alerting.thresholdtemplate"),
            ("Incidents", "warning", "alerting.incident"),
            ("Silences", "notifications_off", "alerting.silence"),
            ("Maintenance", "event_repeat", "alerting.maintenancewindow"),
            ("Recipients", "groups", "alerting.recipients"),
            ("Notifications", "notifications", "notifications.notification"),
            ("Deliveries", "outbox", "notifications.delivery"),
            ("Channels", "send", "notifications.userchannel"),
            ("Linked chats", "forum", "notifications.botuserlink"),
        ],
    ),
    (
        "People",
        [
            ("Users", "person", "accounts.user"),
            ("Groups", "group", "auth.group"),
            ("Tokens", "key", "knox.authtoken"),
            ("Failed sign-ins", "lock", "axes.accessattempt"),
            ("Change log", "history", "auditlog.logentry"),
        ],
    ),
]
"""Titles with (label, icon, model) entries."""


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The entries this person may open; groups without any are left out."""
    groups = [{"title": title, "separator": True, "items": _items(request, entries)} for title, entries in GROUPS]
    return [group for group in groups if group["items"]]


def _items(request: HttpRequest, entries: list[tuple[str, str, str]]) -> list[dict[str, str]]:
    return [
        {"title": label, "icon": icon, "link": reverse(f"admin:{model.replace('.', '_')}_changelist")}
        for label, icon, model in entries
        if request.user.has_perm(f"{model.split('.')[0]}.view_{model.split('.')[1]}")
    ]
