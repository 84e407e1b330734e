"""Reads of servers and their profiles, all of them limited to what a user may see."""

from django.db.models import Q, QuerySet

from virtadmin.accounts.models import User
from virtadmin.accounts.selectors import visible
from virtadmin.core.errors import InvalidInput
from virtadmin.servers.models import ImportRow, InitialServerProfile, Server, ServerImport, UnknownSystem
from virtadmin.ssh.target import Target


def servers_visible(user: User) -> QuerySet[Server]:
    """The servers this user may see."""
    return visible(Server.objects.all(), user)


def profiles_visible(user: User) -> QuerySet[InitialServerProfile]:
    """The runs this user may follow: their own, or everyone's for staff."""
    return InitialServerProfile.objects.all() if user.sees_all else user.profiles.all()


def imports_visible(user: User) -> QuerySet[ServerImport]:
    """The imports this user may follow: their own, or everyone's for staff."""
    return ServerImport.objects.all() if user.sees_all else user.imports.all()


def unknown_systems_visible(user: User) -> QuerySet[UnknownSystem]:
    """The systems that could not be watched: those this user tried, or everyone's for staff."""
    return UnknownSystem.objects.all() if user.sees_all else user.unknown_systems.all()


def import_rows(batch: ServerImport) -> QuerySet[ImportRow]:
    """The rows of an import with what became of them, without any secret."""
    secrets = ("password", "ssh_key", "ssh_key_passphrase", "server__private_key")
    return batch.rows.select_related("profile__server").defer(*(f"profile__{name}" for name in secrets))


def addresses_watched(owner: User) -> set[tuple[str, int]]:
    """Address and port of the servers this user watches."""
    return set(Server.objects.filter(owner=owner, enrolled=True).values_list("ip_address", "port"))


def server_target(server: Server) -> Target:
    """How the server's probe is reached."""
    return Target(
        address=server.ip_address,
        port=server.port,
        username=server.username,
        private_key=server.private_key,
        host_keys=server.host_keys,
        transport="local" if server.transport == Server.Transport.LOCAL else "ssh",
    )


def profile_by_number(number: int) -> InitialServerProfile:
    """The run with this number, for the command line. Raises InvalidInput."""
    found = InitialServerProfile.objects.filter(pk=number).first()
    if found is None:
        raise InvalidInput("profile", f"There is no enrolment with the number {number}.")
    return found


def server_by_word(word: str) -> Server:
    """The one server with this number, name or address (`host` or `host:port`), for the command line.

    Raises InvalidInput when there is none, or more than one.
    """
    address, _, port = word.rpartition(":")
    is_meant = Q(name=word) | Q(ip_address=word)
    if word.isdigit():
        is_meant |= Q(pk=int(word))
    if address and port.isdigit():
        is_meant |= Q(ip_address=address, port=int(port))
    found = list(Server.objects.filter(is_meant)[:2])
    if len(found) != 1:
        why = "More than one server is" if found else "No server is"
        raise InvalidInput("server", f"{why} called {word}. Give the number that `virtadmin servers` shows.")
    return found[0]


def waits_for_script(profile: InitialServerProfile) -> bool:
    """Whether a person is to run the script, or may run it again, and then let the hub verify."""
    over_or_not_begun = (InitialServerProfile.Status.PENDING, InitialServerProfile.Status.FAILED)
    return profile.by_hand and profile.server_id is not None and profile.status in over_or_not_begun
