"""Where one can go from any page. Each area adds one line here; a line whose route does not exist yet is left out."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from virtadmin.accounts.models import User


@dataclass(frozen=True, slots=True)
class Place:
    """A link of the header: its route, its word, its sign in the bar of a phone, and the routes that belong to it."""

    route: str
    word: str
    sign: str = ""
    pages: tuple[str, ...] = ()
    """Names of routes, or how they begin (`website*`): on them this place is marked as where one is."""
    permission: str = ""
    """Who lacks it is not shown the way."""


SERVERS = (
    "overview",
    "server",
    "settings",
    "remove",
    "enrolment",
    "add",
    "add_*",
    "import",
    "verify",
    "limits",
    "server_*",
)
RULES = ("incidents", "silences", "maintenance", "recipients", "templates", "change_rule", "acknowledge")

MAIN = (
    Place("web:overview", "Servers", "servers", SERVERS),
    Place("web:websites", "Websites", "websites", ("website*", "add_website*", "status_page*", "add_status_page")),
    Place("web:incidents", "Incidents", "incidents", RULES),
    Place("web:inbox", "Inbox", "inbox", ("inbox",)),
    Place("web:channels", "Channels", "channels", ("channel*", "add_channel", "link_chat", "chat*")),
)
"""The header's own row, on a phone the bar at the bottom."""
MINE = (
    Place("web:account", "Your account", pages=("account*",)),
    Place("web:tokens", "Tokens", pages=("token*",)),
    Place("web:people", "People", pages=("people*", "person*"), permission="accounts.view_user"),
    Place("web:log", "Log of changes", pages=("log",), permission="auditlog.view_logentry"),
    Place("admin:index", "Admin site", permission="staff"),
)
"""The menu at the person's name."""


@dataclass(frozen=True, slots=True)
class Link:
    """A place this person can go to from here."""

    place: Place
    address: str
    here: bool


def links(places: tuple[Place, ...], person: User, route: str) -> list[Link]:
    """Those of the places that exist and that the person may go to; `route` is the name of the page they are on."""
    found = ((place, _address(place)) for place in places if _may_go(person, place))
    taken = _taker(places, route)
    return [Link(place, address, place is taken) for place, address in found if address]


def _taker(places: tuple[Place, ...], route: str) -> Place | None:
    """The place a page belongs to: whoever names it most exactly."""
    fits = [(len(name), place) for place in places for name in place.pages if _fits(name, route)]
    return max(fits, key=lambda fit: fit[0], default=(0, None))[1]


def _fits(name: str, route: str) -> bool:
    return route.startswith(name[:-1]) if name.endswith("*") else route == name


def _may_go(person: User, place: Place) -> bool:
    if place.permission == "staff":
        return person.is_staff
    return not place.permission or person.has_perm(place.permission)


def _address(place: Place) -> str:
    try:
        return reverse(place.route)
    except NoReverseMatch:
        return ""
