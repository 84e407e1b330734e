"""The course after the printed script: a person has run it, the hub connects and verifies."""

from typing import Any

from virtadmin.servers.enrolment.course import Course
from virtadmin.servers.enrolment.failures import RunAbandoned, RunFailed
from virtadmin.servers.enrolment.lines import Step
from virtadmin.servers.enrolment.outcome import run_succeed
from virtadmin.servers.enrolment.trust import to_pin
from virtadmin.servers.enrolment.verify import verify
from virtadmin.servers.models import Server
from virtadmin.ssh.host_keys import as_text, pinned
from virtadmin.ssh.stages import ConnectionFailure, Stage
from virtadmin.ssh.target import Target

OWN_USER = "virtadmin"
"""Whom the script makes when root runs it."""


def verify_by_hand(course: Course) -> None:
    """Verify the profile's server and watch it from now on. Raises VirtadminError."""
    server = Server.objects.filter(profiles=course.profile).first()
    if server is None:
        raise RunAbandoned
    course.look_at_host(pinned(server.host_keys))
    course.log.write(f"Step: {Step.VERIFY.label}", step=Step.VERIFY)
    host_keys = as_text(to_pin(course.shown, trusted=course.trusted, vouched=[]))
    username, facts = _first_that_works(course, server, host_keys)
    course.log.write(f"A login as {username} with the hub's key gets samples, and a command is refused.")
    changes = {
        "name": course.profile.name or (server.name if server.enrolled else facts["hostname"][:100] or server.name),
        "username": username,
        "has_root_install": username == OWN_USER,
        "host_keys": host_keys,
    }
    run_succeed(course.profile, server, changes=changes, facts=facts, fingerprint=course.trusted[0].fingerprint)


def _first_that_works(course: Course, server: Server, host_keys: str) -> tuple[str, dict[str, Any]]:
    """Whom the probe runs as there: the script's own user, or (run without root) the person's."""
    users = dict.fromkeys((OWN_USER, course.profile.username))
    for username in users:
        target = Target(server.ip_address, server.port, username, server.private_key, host_keys)
        try:
            return username, course.edge.run(verify(target))
        except ConnectionFailure as failure:
            if failure.stage != Stage.AUTH_REJECTED:
                raise
    raise RunFailed(
        f"The server does not accept the hub's key for {' or '.join(users)}. Was the script run there to its end? "
        "If sshd lets in only some users (AllowUsers, AllowGroups), add this one."
    )
