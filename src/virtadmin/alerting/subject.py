"""What an incident is about: a server or a website. What holds for both is keyed by it."""

from typing import NamedTuple
from urllib.parse import urlsplit

from django.db.models import Q

from virtadmin.accounts.models import User
from virtadmin.accounts.selectors import visible
from virtadmin.core.errors import NotAllowed
from virtadmin.servers.models import Server
from virtadmin.servers.rights import require
from virtadmin.websites.models import Url

SERVER, URL = "server", "url"
SSH_PORT = 22
NAME_MAX = 100
Watched = Server | Url


class Subject(NamedTuple):
    """A server or a website by its primary key. `what` is SERVER or URL."""

    what: str
    pk: int

    @property
    def server_id(self) -> int | None:
        """Its key if it is a server."""
        return self.pk if self.what == SERVER else None

    @property
    def url_id(self) -> int | None:
        """Its key if it is a website."""
        return self.pk if self.what == URL else None

    def key(self, kind: str) -> str:
        """What is unique among open incidents: `<server>:<kind>`, `url:<website>:<kind>`."""
        return f"{self.pk}:{kind}" if self.what == SERVER else f"{URL}:{self.pk}:{kind}"


def subject_of(watched: Watched) -> Subject:
    """As others refer to it."""
    return Subject(URL if isinstance(watched, Url) else SERVER, watched.pk)


def called(watched: Watched) -> str:
    """Its name; of a website that has none, its address in short."""
    if isinstance(watched, Server) or watched.name:
        return watched.name
    return _address_of_url(watched.uri).partition("://")[2].rstrip("/")[:NAME_MAX]


def address_of(watched: Watched) -> str:
    """Where it is: of a server with the port if that is unusual, of a website without what may be a secret in it."""
    if isinstance(watched, Url):
        return _address_of_url(watched.uri)
    host = f"[{watched.ip_address}]" if ":" in watched.ip_address else watched.ip_address
    return watched.ip_address if watched.port in (0, SSH_PORT) else f"{host}:{watched.port}"


def sees_watched(user: User, watched: Watched) -> bool:
    """Whether the user may see it."""
    return visible(type(watched)._default_manager.filter(pk=watched.pk), user).exists()  # noqa: SLF001 - documented way


def about_visible(user: User) -> Q:
    """The rows whose `server` or `url` the user may see."""
    servers = visible(Server.objects.all(), user).order_by().values("pk")
    urls = visible(Url.objects.all(), user).order_by().values("pk")
    return Q(server__in=servers) | Q(url__in=urls)


def require_watched(user: User, permission: str, watched: Watched) -> None:
    """Raise NotAllowed unless the user has the permission and may see it."""
    require(user, permission)
    if not sees_watched(user, watched):
        what = "website" if isinstance(watched, Url) else "server"
        raise NotAllowed(f"This {what} is not shared with you.")


def _address_of_url(uri: str) -> str:
    """The address without user info and fragment; of a query only that there is one: it may hold a token."""
    parts = urlsplit(uri)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}{'?…' if parts.query else ''}"
