"""Who gets in where, at every address of the hub: owner, member, stranger, admin and anybody.

The map of addresses is walked: one that no table here names fails, so that none is forgotten. The API has a table of
its own (tests/api/test_access.py), and the admin site lets nobody in but its own people.
"""

import re
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.access.conftest import PEOPLE
from virtadmin.web.urls import urlpatterns

GATE = "/login/"
"""Led to sign in."""

# What each of PEOPLE gets: the owner, a member (viewer), a stranger, an admin, anybody. 200 shown, 302 done, 422 and
# 200 to an empty form let in, 403 not by this role, 404 there is no such thing for them, 405 not by this method.
NONE = (405, 405, 405, 405, 405)
ALL, ALL_DO = (200, 200, 200, 200, GATE), (302, 302, 302, 302, GATE)
OWN, OWN_DO = (200, 404, 404, 404, GATE), (302, 404, 404, 404, GATE)
ADMINS, ADMINS_DO = (403, 403, 403, 200, GATE), (403, 403, 403, 302, GATE)
ADD, ADD_FORM = (200, 403, 200, 200, GATE), (422, 403, 422, 422, GATE)
SEEN, ENROLLED = (200, 200, 404, 200, GATE), (200, 404, 404, 200, GATE)
ANYBODY = (200, 200, 200, 200, 200)
CHANGE, CHANGE_DO, CHANGE_FORM = (200, 403, 404, 200, GATE), (302, 403, 404, 302, GATE), (422, 403, 404, 422, GATE)

PAGES: dict[str, tuple[tuple[object, ...], tuple[object, ...]]] = {
    "": (ALL, ALL),
    "theme/": (NONE, ALL_DO),
    "notifications/": (ALL, ALL),
    "notifications/read/": (NONE, ALL_DO),
    "incidents/": (ALL, ALL),
    "incidents/{incident}/acknowledge/": (NONE, CHANGE_DO),
    "incidents/{incident}/silence/": (NONE, CHANGE_DO),
    "silences/": (ALL, ADD_FORM),
    "maintenance/": (ALL, ADD_FORM),
    "recipients/": (ALL, ADD_FORM),
    "templates/": (ALL, ADD_FORM),
    "rules/silences/{silence}/": (CHANGE, CHANGE_DO),
    "rules/maintenance/{window}/": (CHANGE, CHANGE_FORM),
    "rules/recipients/{recipients}/": (CHANGE, CHANGE_FORM),
    "rules/templates/{template}/": (CHANGE, CHANGE_FORM),
    "rules/silences/{silence}/end/": (NONE, CHANGE_DO),
    "rules/maintenance/{window}/end/": (NONE, CHANGE_DO),
    "rules/recipients/{recipients}/end/": (NONE, CHANGE_DO),
    "rules/templates/{template}/end/": (NONE, CHANGE_DO),
    "channels/": (ALL, ALL),
    "channels/{channel}/": (OWN, OWN),
    "channels/{channel}/test/": (NONE, OWN_DO),
    "channels/{channel}/switch/": (NONE, OWN_DO),
    "channels/{channel}/delete/": (NONE, OWN_DO),
    "channels/add/apprise/": (ALL, ALL),
    "channels/link/telegram/": (ALL, ALL),
    "account/": (ALL, ALL),
    "account/two-factor/": (ALL, ALL),
    "account/sessions/end/": (NONE, ALL_DO),
    "account/tokens/": (ALL, ALL),
    "account/tokens/{token}/revoke/": (NONE, OWN_DO),
    "people/": (ADMINS, ADMINS),
    "people/invite/": (ADMINS, ADMINS),
    "people/groups/": (ADMINS, ADMINS),
    "people/groups/{group}/": (ADMINS, ADMINS),
    "people/groups/{group}/delete/": (NONE, ADMINS_DO),
    "people/groups/{group}/unshare/server/{server}/": (NONE, ADMINS_DO),
    "people/{alice}/": (ADMINS, ADMINS),
    "people/{alice}/link/": (NONE, ADMINS),
    "people/{alice}/two-factor/": (NONE, ADMINS_DO),
    "log/": (ALL, ALL),
    "servers/add/": (ADD, ADD),
    "servers/add-many/": (ADD, ADD),
    "imports/{import}/": (CHANGE, CHANGE_FORM),
    "servers/{server}/": (SEEN, SEEN),
    "servers/{server}/settings/": (CHANGE, CHANGE),
    "servers/{server}/pause/": (NONE, CHANGE_DO),
    "servers/{server}/silence/": (NONE, CHANGE_DO),
    "servers/{server}/processes/": (SEEN, SEEN),
    "servers/{server}/limits/": (NONE, CHANGE_DO),
    "servers/{server}/host-key/": (NONE, CHANGE_FORM),
    "servers/{server}/move/": (NONE, CHANGE_FORM),
    "servers/{server}/remove/": (CHANGE, CHANGE),
    "websites/": (ALL, ALL),
    "websites/add/": (ADD, ADD_FORM),
    "websites/{website}/": (SEEN, SEEN),
    "websites/{website}/edit/": (CHANGE, CHANGE_FORM),
    "websites/{website}/pause/": (NONE, CHANGE_DO),
    "websites/{website}/check/": (NONE, CHANGE_DO),
    "websites/{website}/silence/": (NONE, CHANGE_DO),
    "websites/{website}/remove/": (CHANGE, CHANGE_DO),
    "status-pages/": (ALL, ALL),
    "status-pages/add/": (ADD, ADD_FORM),
    "status-pages/{status_page}/": (ENROLLED, (422, 404, 404, 422, GATE)),
    "status-pages/{status_page}/remove/": (ENROLLED, (302, 404, 404, 302, GATE)),
    "status/{status_slug}/": (ANYBODY, (405,) * 5),
    "status/{status_slug}/badge.svg": (ANYBODY, (405,) * 5),
    "status/{status_slug}/status.json": (ANYBODY, (405,) * 5),
    "enrolments/{profile}/": (ENROLLED, ENROLLED),
    "enrolments/{profile}/verify/": (NONE, CHANGE_DO),
    "login/": ((302, 302, 302, 302, 200), (302, 302, 302, 302, 200)),
    "login/code/": ((GATE,) * 5, (GATE,) * 5),
    "logout/": (NONE, (GATE,) * 5),
    "password/{link}/": ((200,) * 5, (200,) * 5),
}
"""Each page's GET and POST, at {…} of Alice's objects."""
ELSEWHERE = {
    "live/": "an endless answer: test_the_stream_is_for_the_signed_in",
    "api/": "tests/api/test_access.py",
    "admin/": "test_the_admin_site_is_for_its_own_people",
    "metrics": "a resource of the API by another address: tests/api/test_exposition.py",
    "webhooks/telegram/": "proves itself by a secret: tests/api/test_webhooks.py",
    "webhooks/messenger/": "proves itself by a signature: tests/api/test_webhooks.py",
}
"""What is proven in another place, and where."""
WRITTEN_OUT = {
    **dict.fromkeys(("silences", "maintenance", "recipients", "templates"), "rules/"),
    "apprise": "channels/add/",
    "telegram": "channels/link/",
    "server": "people/groups/{group}/unshare/",
}
"""Words that stand for a variable in the table, and where."""


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_everyone_gets_what_is_theirs_and_no_more(
    method: str, people: dict[str, Client], objects: dict[str, object]
) -> None:
    expected = {path: both[method == "POST"] for path, both in PAGES.items()}
    got = {path: tuple(answer(people[name], method, path.format(**objects)) for name in PEOPLE) for path in PAGES}
    assert {path: got[path] for path in PAGES if got[path] != expected[path]} == {}


def test_the_stream_is_for_the_signed_in(people: dict[str, Client]) -> None:
    assert [people[name].head("/live/").status_code for name in PEOPLE] == [204, 204, 204, 204, 401]


def test_no_route_is_forgotten_here() -> None:
    walked = {shape(path) for path in routes(get_resolver().url_patterns)}
    told = {shape(path) for path in PAGES}
    rest = {path for path in walked if not path.startswith(tuple(ELSEWHERE))}
    assert rest - told == set(), "routes that no table names"
    assert told - {shape(path) for path in routes(urlpatterns)} == set(), "routes that are no more"


def test_the_admin_site_is_for_its_own_people(people: dict[str, Client], objects: dict[str, object]) -> None:
    """Owners, members and strangers are refused at every address of it; anybody is led to sign in."""
    walked = [f"admin/{path}" for path in routes(admin.site.urls[0])]
    assert len(walked) > 100
    for path in walked:
        address = "/" + re.sub(r"<[^>]+>|\(\?P.*", "1", path).replace("^", "").replace("$", "")
        for name in ("alice", "bob", "charlie", "nobody"):
            final = people[name].get(address, follow=True)
            where = final.redirect_chain[-1][0] if final.redirect_chain else address
            refused = final.status_code in (403, 404) or where.startswith(GATE)
            signed_out = address == "/admin/logout/"
            assert refused or signed_out, (address, name, final.status_code, where)


def answer(client: Client, method: str, path: str) -> object:
    """The status, or that the answer leads to sign in. What it did is taken back, so that the next one finds all."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        given = client.generic(method, f"/{path}")
        transaction.set_rollback(True)
    client.cookies = cookies
    to_the_gate = given.status_code == 302 and given.headers["Location"].startswith(GATE)
    return GATE if to_the_gate else given.status_code


def shape(path: str) -> str:
    """The route with every variable written alike; what a table writes out for one (a kind, a platform) as well."""
    for word in WRITTEN_OUT:
        path = re.sub(rf"(^|/){word}/", r"\1{}/", path) if path.startswith(WRITTEN_OUT[word]) else path
    return re.sub(r"<[^>]+>|\{[^}]+\}", "{}", path)


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    """Every address below these patterns."""
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        else:
            yield path
