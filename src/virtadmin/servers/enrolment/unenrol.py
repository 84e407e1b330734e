"""The course that takes the hub off a host by a login there, with proof; then the server goes."""

from virtadmin.core.models import Hub
from virtadmin.servers.enrol_script import unenrol_script
from virtadmin.servers.enrolment.course import Course
from virtadmin.servers.enrolment.failures import RunAbandoned, RunFailed
from virtadmin.servers.enrolment.login import Login
from virtadmin.servers.enrolment.outcome import removal_succeed
from virtadmin.servers.enrolment.privilege import Way
from virtadmin.servers.models import Server
from virtadmin.ssh.host_keys import pinned


def unenrol(course: Course) -> None:
    """Remove what enrolment installed, then the server. Raises VirtadminError; the server stays then."""
    server = Server.objects.filter(profiles=course.profile).first()
    if server is None:
        raise RunAbandoned
    course.look_at_host(pinned(server.host_keys))
    with course.logged_in() as login:
        way = _way(course, login, server)
        course.run_script(login, way, unenrol_script(hub_id=Hub.identity(), server_id=str(server.pk)))
    removal_succeed(course.profile, server)


def _way(course: Course, login: Login, server: Server) -> Way:
    """The rights that what is installed was installed with. Raises RunFailed if the login has not got them."""
    if not server.has_root_install:
        if course.profile.username != server.username:
            raise RunFailed(f"The probe was installed for {server.username} alone: log in as {server.username}.")
        return Way(is_root=False)
    way = course.way_to_root(login)
    if not way.is_root:
        raise RunFailed("To remove the user virtadmin takes root, or a user who may use sudo.")
    return way
