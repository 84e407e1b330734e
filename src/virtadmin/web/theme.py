"""Light or dark by choice. Kept in a cookie of the browser, not with the person: the same person wants the phone dark
and the screen on the wall light. The server renders it, so that no page flashes and none needs a script for it."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

COOKIE = "theme"
WORDS = {"": "As the system", "light": "Light", "dark": "Dark"}
YEAR = 365 * 24 * 3600


def chosen(request: HttpRequest) -> str:
    """`light`, `dark`, or empty for what the system wishes."""
    value = request.COOKIES.get(COOKIE, "")
    return value if value in WORDS else ""


def keep(response: HttpResponse, value: str, *, secure: bool) -> None:
    """Remember the choice for a year; what is none of ours counts as the system's wish."""
    if value and value in WORDS:
        response.set_cookie(COOKIE, value, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(COOKIE, samesite="Lax")


def way_back(request: HttpRequest) -> str:
    """The page the choice was made on; the first page if that is not of this hub."""
    wanted = request.POST.get("next", "")
    here = {request.get_host()}
    if url_has_allowed_host_and_scheme(wanted, here, require_https=request.is_secure()):
        return wanted
    return reverse("web:overview")
