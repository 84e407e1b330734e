"""Who gets in where: owner, member, stranger, admin and nobody, at every route the API has."""

from collections.abc import Iterator

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver
from knox.models import AuthToken
from rest_framework.test import APIClient

from tests.api.conftest import Caller
from virtadmin.accounts.models import User, session_public_id
from virtadmin.accounts.sessions import SessionStore
from virtadmin.accounts.tokens import token_public_id
from virtadmin.alerting.models import Incident, MaintenanceWindow, Recipients, Silence, Threshold, ThresholdTemplate
from virtadmin.api import urls
from virtadmin.notifications.models import Notification
from virtadmin.servers.models import InitialServerProfile, Server, ServerImport, UnknownSystem
from virtadmin.statuspages.models import StatusPage
from virtadmin.websites.models import Url

PEOPLE = ("alice", "bob", "charlie", "admin", "nobody")
"""The owner (operator), a member of a group it is shared with (viewer), a stranger (operator), an admin, anybody."""

# What each of PEOPLE gets with an empty body, at {…} of Alice's objects. 400 and 202 mean "let in".
TABLE = {
    "POST auth/token/": (400, 400, 400, 400, 400),
    "POST auth/logout/": (204, 204, 204, 204, 401),
    "GET me/": (200, 200, 200, 200, 401),
    "PATCH me/": (200, 200, 200, 200, 401),
    "POST me/password/": (400, 400, 400, 400, 401),
    "GET me/sessions/": (200, 200, 200, 200, 401),
    "POST me/sessions/end-others/": (200, 200, 200, 200, 401),
    "DELETE me/sessions/{session}/": (204, 404, 404, 404, 401),
    "GET me/tokens/": (200, 200, 200, 200, 401),
    "POST me/tokens/": (400, 400, 400, 400, 401),
    "DELETE me/tokens/{token}/": (204, 404, 404, 404, 401),
    "GET me/two-factor/": (200, 200, 200, 200, 401),
    "POST me/two-factor/": (201, 201, 201, 201, 401),
    "POST me/two-factor/confirm/": (400, 400, 400, 400, 401),
    "POST me/two-factor/recovery-codes/": (400, 400, 400, 400, 401),
    "POST me/two-factor/end/": (400, 400, 400, 400, 401),
    "GET schema/": (200, 200, 200, 200, 401),
    "GET initial-server-profile/": (200, 200, 200, 200, 401),
    "POST initial-server-profile/": (400, 403, 400, 400, 401),
    "GET initial-server-profile/{profile}/": (200, 404, 404, 200, 401),
    "POST initial-server-profile/{profile}/verify/": (409, 404, 404, 409, 401),
    "GET server-imports/": (200, 200, 200, 200, 401),
    "POST server-imports/": (400, 403, 400, 400, 401),
    "GET server-imports/{batch}/": (200, 404, 404, 200, 401),
    "POST server-imports/{batch}/start/": (400, 404, 404, 400, 401),
    "POST server-imports/{batch}/look/": (202, 404, 404, 202, 401),
    "POST host-keys/": (400, 403, 400, 400, 401),
    "DELETE initial-server-profile/{profile}/": (204, 404, 404, 204, 401),
    "GET server/": (200, 200, 200, 200, 401),
    "GET server/{server}/": (200, 200, 404, 200, 401),
    "PUT server/{server}/": (400, 403, 404, 400, 401),
    "PATCH server/{server}/": (200, 403, 404, 200, 401),
    "DELETE server/{server}/": (200, 403, 404, 200, 401),
    "GET server/by-user/{alice}/": (200, 200, 200, 200, 401),
    "POST server/{server}/unenrol/": (400, 403, 404, 400, 401),
    "POST server/{server}/accept-host-key/": (400, 403, 404, 400, 401),
    "POST server/{server}/move/": (400, 403, 404, 400, 401),
    "GET server/{server}/history/": (400, 400, 404, 400, 401),
    "GET server/{server}/marks/": (200, 200, 404, 200, 401),
    "GET thresholds/": (200, 200, 200, 200, 401),
    "GET thresholds/{threshold}/": (200, 200, 404, 200, 401),
    "PUT thresholds/{threshold}/": (200, 403, 404, 200, 401),
    "PATCH thresholds/{threshold}/": (200, 403, 404, 200, 401),
    "DELETE thresholds/{threshold}/": (200, 403, 404, 200, 401),
    "GET thresholds/by_server/{server}/": (200, 200, 404, 200, 401),
    "GET urls/": (200, 200, 200, 200, 401),
    "POST urls/": (400, 403, 400, 400, 401),
    "GET urls/{url}/": (200, 200, 404, 200, 401),
    "PUT urls/{url}/": (400, 403, 404, 400, 401),
    "PATCH urls/{url}/": (200, 403, 404, 200, 401),
    "DELETE urls/{url}/": (204, 403, 404, 204, 401),
    "GET urls/by_server/{server}/": (200, 200, 404, 200, 401),
    "POST urls/try/": (400, 403, 400, 400, 401),
    "POST urls/{url}/try/": (200, 403, 404, 200, 401),
    "POST urls/{url}/check/": (202, 403, 404, 202, 401),
    "GET urls/{url}/history/": (400, 400, 404, 400, 401),
    "GET urls/{url}/marks/": (200, 200, 404, 200, 401),
    "GET urls/{url}/uptime/": (200, 200, 404, 200, 401),
    "GET notifications/": (200, 200, 200, 200, 401),
    "GET notifications/{notification}/": (200, 404, 404, 404, 401),
    "PATCH notifications/{notification}/": (200, 404, 404, 404, 401),
    "POST notifications/mark-all-read/": (200, 200, 200, 200, 401),
    "GET channels/": (200, 200, 200, 200, 401),
    "POST channels/": (400, 400, 400, 400, 401),
    "GET channels/kinds/": (200, 200, 200, 200, 401),
    "GET channels/{channel}/": (200, 404, 404, 404, 401),
    "PATCH channels/{channel}/": (200, 404, 404, 404, 401),
    "DELETE channels/{channel}/": (204, 404, 404, 404, 401),
    "POST channels/{channel}/test/": (200, 404, 404, 404, 401),
    "GET incidents/": (200, 200, 200, 200, 401),
    "GET incidents/{incident}/": (200, 200, 404, 200, 401),
    "POST incidents/{incident}/acknowledge/": (200, 403, 404, 200, 401),
    "DELETE incidents/{incident}/acknowledge/": (200, 403, 404, 200, 401),
    "POST incidents/{incident}/silence/": (201, 403, 404, 201, 401),
    "GET silences/": (200, 200, 200, 200, 401),
    "POST silences/": (400, 403, 400, 400, 401),
    "GET silences/{silence}/": (200, 200, 404, 200, 401),
    "PATCH silences/{silence}/": (200, 403, 404, 200, 401),
    "DELETE silences/{silence}/": (204, 403, 404, 204, 401),
    "GET maintenance/": (200, 200, 200, 200, 401),
    "POST maintenance/": (400, 403, 400, 400, 401),
    "GET maintenance/{window}/": (200, 200, 404, 200, 401),
    "PUT maintenance/{window}/": (400, 403, 404, 400, 401),
    "PATCH maintenance/{window}/": (200, 403, 404, 200, 401),
    "DELETE maintenance/{window}/": (204, 403, 404, 204, 401),
    "GET recipients/": (200, 200, 200, 200, 401),
    "POST recipients/": (400, 403, 400, 400, 401),
    "GET recipients/{recipients}/": (200, 200, 404, 200, 401),
    "PATCH recipients/{recipients}/": (200, 403, 404, 200, 401),
    "DELETE recipients/{recipients}/": (204, 403, 404, 204, 401),
    "GET status_pages/": (200, 200, 200, 200, 401),
    "POST status_pages/": (400, 403, 400, 400, 401),
    "GET status_pages/{status_page}/": (200, 404, 404, 200, 401),
    "PUT status_pages/{status_page}/": (400, 404, 404, 400, 401),
    "PATCH status_pages/{status_page}/": (200, 404, 404, 200, 401),
    "DELETE status_pages/{status_page}/": (204, 404, 404, 204, 401),
    "GET threshold-templates/": (200, 200, 200, 200, 401),
    "POST threshold-templates/": (400, 403, 400, 400, 401),
    "GET threshold-templates/{template}/": (200, 404, 404, 200, 401),
    "PUT threshold-templates/{template}/": (400, 404, 404, 400, 401),
    "PATCH threshold-templates/{template}/": (200, 404, 404, 200, 401),
    "DELETE threshold-templates/{template}/": (204, 404, 404, 204, 401),
    "POST chatbot/": (400, 400, 400, 400, 401),
    "GET unknown-systems/": (200, 200, 200, 200, 401),
    "GET unknown-systems/{unknown_system}/": (200, 404, 404, 200, 401),
    "GET log/": (200, 200, 200, 200, 401),
    "GET log/{entry}/": (200, 200, 404, 200, 401),
    "GET users/": (403, 403, 403, 200, 401),
    "POST users/": (403, 403, 403, 400, 401),
    "GET users/{alice}/": (403, 403, 403, 200, 401),
    "PUT users/{alice}/": (403, 403, 403, 400, 401),
    "PATCH users/{alice}/": (403, 403, 403, 200, 401),
    "POST users/{alice}/password-link/": (403, 403, 403, 201, 401),
    "DELETE users/{alice}/two-factor/": (403, 403, 403, 204, 401),
    "GET groups/": (403, 403, 403, 200, 401),
    "POST groups/": (403, 403, 403, 400, 401),
    "GET groups/{group}/": (403, 403, 403, 200, 401),
    "PUT groups/{group}/": (403, 403, 403, 400, 401),
    "PATCH groups/{group}/": (403, 403, 403, 200, 401),
    "DELETE groups/{group}/": (403, 403, 403, 204, 401),
}
PAGES = ("docs/", "<path:rest>")
"""What is no resource: the page for people (tests/api/test_docs.py), and all other paths (test_problems.py)."""


@pytest.fixture
def people(alice: User, bob: User, charlie: User, admin_person: User, by_token: Caller) -> dict[str, APIClient]:
    named = {"alice": alice, "bob": bob, "charlie": charlie, "admin": admin_person}
    return {**{name: by_token(user) for name, user in named.items()}, "nobody": APIClient()}


@pytest.fixture
def rules(
    incident: Incident,
    silence: Silence,
    window: MaintenanceWindow,
    recipients: Recipients,
    template: ThresholdTemplate,
    status_page: StatusPage,
) -> dict[str, object]:
    """Alice's incident, and hers of whom and when people are told, and her status page."""
    rows: dict[str, Model] = {
        "status_page": status_page,
        "silence": silence,
        "window": window,
        "recipients": recipients,
        "template": template,
        "incident": incident,
    }
    return {name: row.pk for name, row in rows.items()}


@pytest.fixture
def objects(
    server: Server,
    profile: InitialServerProfile,
    batch: ServerImport,
    threshold: Threshold,
    url: Url,
    notification: Notification,
    unknown_system: UnknownSystem,
    rules: dict[str, object],
) -> dict[str, object]:
    """What stands for the {names} in the table."""
    session = SessionStore()
    session["_auth_user_id"] = str(server.owner.pk)
    session.save()
    spare, _ = AuthToken.objects.create(server.owner)
    entry = LogEntry.objects.log_create(server, force_log=True, action=LogEntry.Action.UPDATE, changes={})
    return {
        "server": server.pk,
        "profile": profile.pk,
        "batch": batch.pk,
        "threshold": threshold.pk,
        "url": url.pk,
        "notification": notification.pk,
        "channel": server.owner.channels.get(kind="in_page").pk,
        "unknown_system": unknown_system.pk,
        "entry": entry.pk,
        "alice": server.owner.uuid,
        "group": Group.objects.get(name="team").pk,
        "session": session_public_id(session.session_key),
        "token": token_public_id(spare),
        **rules,
    }


@pytest.mark.parametrize("route", TABLE)
def test_everyone_gets_what_is_theirs_and_no_more(
    route: str, people: dict[str, APIClient], objects: dict[str, object]
) -> None:
    method, path = route.split()
    # The owner comes last, and the admin before: a route that deletes leaves the others something to be refused.
    for name in ("nobody", "charlie", "bob"):
        assert _status(people[name], method, path, objects) == TABLE[route][PEOPLE.index(name)], name
    last = "alice" if method != "DELETE" else "admin"
    assert _status(people[last], method, path, objects) == TABLE[route][PEOPLE.index(last)], last


@pytest.mark.parametrize("route", [route for route in TABLE if not route.startswith("DELETE")])
def test_an_admin_gets_everything_but_other_peoples_messages(
    route: str, people: dict[str, APIClient], objects: dict[str, object]
) -> None:
    method, path = route.split()
    assert _status(people["admin"], method, path, objects) == TABLE[route][PEOPLE.index("admin")]


@pytest.mark.parametrize("route", [route for route in TABLE if route.startswith("DELETE")])
def test_an_owner_may_delete(route: str, people: dict[str, APIClient], objects: dict[str, object]) -> None:
    method, path = route.split()
    assert _status(people["alice"], method, path, objects) == TABLE[route][PEOPLE.index("alice")]


def _status(client: APIClient, method: str, path: str, objects: dict[str, object]) -> int:
    body = "{}" if method in ("PUT", "PATCH", "POST") else ""
    return client.generic(method, f"/api/{path.format(**objects)}", body, "application/json").status_code


def test_no_route_is_forgotten_here() -> None:
    assert set(_routes()) == {_shape(route) for route in TABLE}


def _shape(route: str) -> str:
    """The route with every {name} written alike."""
    return "/".join("{}" if part.startswith("{") else part for part in route.split("/"))


def _routes() -> Iterator[str]:
    """Method and path of everything the API answers to, from Django's own map of addresses."""
    for path, pattern in _patterns(urls.urlpatterns):
        if path in PAGES:
            continue
        view = pattern.callback
        methods = getattr(view, "actions", None) or [name for name in ("get", "post") if hasattr(view.view_class, name)]
        shape = "/".join("{}" if part.startswith("<") else part for part in path.split("/"))
        yield from (f"{method.upper()} {shape}" for method in methods if method != "head")


def _patterns(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, path)
        else:
            yield path, pattern


def test_the_api_is_where_the_table_says() -> None:
    assert get_resolver().resolve("/api/server/").func.cls.__name__ == "ServerResource"
