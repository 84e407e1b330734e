"""The course by a login: from what was entered to a watched server."""

from django.conf import settings

from virtadmin.core.errors import VirtadminError
from virtadmin.core.models import Hub
from virtadmin.servers.enrol_script import enrol_script, unenrol_script
from virtadmin.servers.enrolment.course import Course
from virtadmin.servers.enrolment.failures import RunAbandoned, ScriptFailed
from virtadmin.servers.enrolment.half_made import half_made_remove, server_for, server_of
from virtadmin.servers.enrolment.lines import Step
from virtadmin.servers.enrolment.login import Login, NoShell
from virtadmin.servers.enrolment.outcome import run_succeed, unknown_system_record
from virtadmin.servers.enrolment.privilege import Way
from virtadmin.servers.enrolment.trust import to_pin
from virtadmin.servers.enrolment.verify import verify
from virtadmin.servers.models import InitialServerProfile, Server
from virtadmin.ssh.host_keys import as_text, pinned
from virtadmin.ssh.target import Target

NO_SYSTEM_FOR_US = frozenset({"no_proc"})
"""Codes of the script that mean: neither probe can run there."""


def enrol(course: Course) -> None:
    """Enrol or repair the server of the profile. Raises VirtadminError."""
    known = server_of(course.profile)
    if known and known.enrolled:
        course.log.write(f"This address is watched already, as {known.name}: it is repaired.")
    course.look_at_host(pinned(known.host_keys) if known else [])
    try:
        with course.logged_in() as login:
            _enrol_with(course, login)
    except NoShell as error:
        tried = "A login and `sh`; no POSIX shell ran there."
        unknown_system_record(course.profile, system=course.log.scrubbed(error.system), tried=tried)
        raise


def _enrol_with(course: Course, login: Login) -> None:
    server = server_for(course.profile)
    InitialServerProfile.objects.filter(pk=course.profile.pk).update(server=server)
    try:
        _bring_up(course, login, server)
    except RunAbandoned:
        half_made_remove(server.pk)  # whoever ended the run may not have known of it yet
        raise


def _bring_up(course: Course, login: Login, server: Server) -> None:
    way = course.way_to_root(login)
    done = _install(course, login, way, server)
    host_keys = as_text(to_pin(course.shown, trusted=course.trusted, vouched=login.hello.host_keys))
    course.log.write(f"Step: {Step.VERIFY.label}", step=Step.VERIFY)
    target = Target(server.ip_address, server.port, done[1], server.private_key, host_keys)
    try:
        facts = course.edge.run(verify(target))
    except VirtadminError:
        if not server.enrolled:
            _take_back(course, login, way, server)
        raise
    course.log.write("A login with the new key gets samples, and a command is refused.")
    changes = {
        "name": course.profile.name or (server.name if server.enrolled else facts["hostname"][:100] or server.name),
        "username": done[1],
        "has_root_install": done[0] == "root",
        "host_keys": host_keys,
    }
    run_succeed(course.profile, server, changes=changes, facts=facts, fingerprint=course.trusted[0].fingerprint)


def _install(course: Course, login: Login, way: Way, server: Server) -> tuple[str, str, str]:
    """Rights, login and environment of what the script installed."""
    script = enrol_script(
        hub_id=Hub.identity(),
        hub_name=settings.HUB_NAME,
        server_id=str(server.pk),
        public_key=server.public_key,
    )
    try:
        said = course.run_script(login, way, script)
    except ScriptFailed as error:
        if error.code in NO_SYSTEM_FOR_US:
            unknown_system_record(course.profile, system=login.hello.system, tried=error.message)
        raise
    return said.done or ("", "", "")


def _take_back(course: Course, login: Login, way: Way, server: Server) -> None:
    """After a first enrolment that could not be verified: leave nothing behind, as far as the login still reaches."""
    course.log.write("It could not be verified, so what was installed is taken back.")
    script = unenrol_script(hub_id=Hub.identity(), server_id=str(server.pk))
    try:
        course.run_script(login, way, script)
    except VirtadminError as error:
        course.log.write(f"That failed: {error.message}")
