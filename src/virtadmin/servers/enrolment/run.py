"""One run from its claim to its outcome: whatever happens in between, the profile ends and its secrets are erased."""

import asyncio
import logging
from collections.abc import Callable

from virtadmin.accounts.acting import acting
from virtadmin.core.errors import VirtadminError
from virtadmin.servers.enrolment.by_hand import verify_by_hand
from virtadmin.servers.enrolment.course import Course
from virtadmin.servers.enrolment.enrol import enrol
from virtadmin.servers.enrolment.failures import RunAbandoned
from virtadmin.servers.enrolment.log import RunLog
from virtadmin.servers.enrolment.outcome import run_fail
from virtadmin.servers.enrolment.turns import turn_take, turns_give
from virtadmin.servers.enrolment.unenrol import unenrol
from virtadmin.servers.models import InitialServerProfile
from virtadmin.ssh.stages import ConnectionFailure

logger = logging.getLogger(__name__)
Action = InitialServerProfile.Action


def run(profile_id: int) -> None:
    """Take up a pending run and bring it to its end; nothing if somebody else has it, or it is not its turn.

    Call it outside an event loop.
    """
    profile = turn_take(profile_id)
    if profile is None:
        return
    try:
        with acting(profile.owner), asyncio.Runner() as edge:
            _course_of(profile)(Course(profile, RunLog(profile), edge))
    except RunAbandoned:
        run_fail(profile_id, "The server or this run was deleted meanwhile.")  # nothing, if it ended otherwise
    except ConnectionFailure as failure:
        run_fail(profile_id, f"{failure.message} {failure.hint}")
    except VirtadminError as error:
        run_fail(profile_id, error.message)
    except BaseException:  # a worker that is told to stop, too, must not leave a secret behind
        logger.exception("run %s broke", profile_id)
        run_fail(profile_id, "Something unexpected happened in the hub; its own log tells more.")
        raise
    finally:
        turns_give()


def _course_of(profile: InitialServerProfile) -> Callable[[Course], None]:
    if profile.action == Action.UNENROL:
        return unenrol
    return verify_by_hand if profile.by_hand else enrol
