"""Alice's server and website with all that belongs to them, and five people who ask for them."""

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client

from tests.api.conftest import (  # noqa: F401  # fixtures are used by their names
    incident,
    notification,
    profile,
    recipients,
    server,
    silence,
    status_page,
    template,
    threshold,
    unknown_system,
    url,
    window,
)
from virtadmin.accounts.models import User
from virtadmin.accounts.password_links import password_link_create
from virtadmin.accounts.services import token_create
from virtadmin.accounts.tokens import token_public_id, tokens_of
from virtadmin.alerting.models import Incident, MaintenanceWindow, Recipients, Silence, Threshold, ThresholdTemplate
from virtadmin.notifications.models import Notification
from virtadmin.servers.models import InitialServerProfile, Server, ServerImport, UnknownSystem
from virtadmin.statuspages.models import StatusPage
from virtadmin.websites.models import Url

PEOPLE = ("alice", "bob", "charlie", "root", "nobody")
"""The owner (operator), a member of a group it is shared with (viewer), a stranger (operator), an admin, anybody."""


@pytest.fixture
def people(alice: User, bob: User, charlie: User, admin_person: User, valkey: object) -> dict[str, Client]:
    """A browser of each."""
    made = {name: Client() for name in PEOPLE}
    for person in (alice, bob, charlie, admin_person):
        made[person.username].force_login(person, "virtadmin.accounts.backend.RoleBackend")
    return made


@pytest.fixture
def objects(  # one of everything
    alice: User,
    admin_person: User,
    server: Server,  # noqa: F811
    url: Url,  # noqa: F811
    profile: InitialServerProfile,  # noqa: F811
    threshold: Threshold,  # noqa: F811
    incident: Incident,  # noqa: F811
    silence: Silence,  # noqa: F811
    window: MaintenanceWindow,  # noqa: F811
    recipients: Recipients,  # noqa: F811
    template: ThresholdTemplate,  # noqa: F811
    notification: Notification,  # noqa: F811
    unknown_system: UnknownSystem,  # noqa: F811
    status_page: StatusPage,  # noqa: F811
) -> dict[str, object]:
    """What stands for the {names} in the tables."""
    token_create(user=alice)
    LogEntry.objects.log_create(server, force_log=True, action=LogEntry.Action.UPDATE, changes={})
    return {
        "server": server.pk,
        "url": url.pk,
        "website": url.pk,
        "profile": profile.pk,
        "threshold": threshold.pk,
        "incident": incident.pk,
        "silence": silence.pk,
        "window": window.pk,
        "recipients": recipients.pk,
        "template": template.pk,
        "channel": alice.channels.get(kind="in_page").pk,
        "token": token_public_id(tokens_of(alice).get()),
        "link": password_link_create(user=alice, actor=admin_person),
        "import": ServerImport.objects.create(owner=alice).pk,
        "group": Group.objects.get(name="team").pk,
        "alice": alice.uuid,
        "status_page": status_page.pk,
        "status_slug": status_page.slug,
    }
