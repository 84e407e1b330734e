"""An enrolment as a list of steps, and what to tell when it failed. Pure."""

from dataclasses import dataclass

from virtadmin.servers.models import InitialServerProfile

Step, Status, Action = InitialServerProfile.Step, InitialServerProfile.Status, InitialServerProfile.Action


@dataclass(frozen=True, slots=True)
class Stride:
    """One step: its label and whether it is `done`, the one `now`, where it `failed`, or still to come (`todo`)."""

    label: str
    state: str


@dataclass(frozen=True, slots=True)
class Bar:
    """How far it is: steps done of all, and the one it is at in words."""

    done: int
    all: int
    text: str


LABELS = {
    Step.AUTHENTICATE: "Sign in",
    Step.USER: "Make the user virtadmin",
    Step.HOME: "Make its home",
    Step.KEY: "Install a key that may run the probe alone",
    Step.ENVIRONMENT: "Make the probe's environment",
    Step.FIRST_RUN: "Run the probe",
    Step.VERIFY: "Sign in with the new key: a sample comes, a command is refused",
}


def strides(profile: InitialServerProfile) -> list[Stride]:
    """The enrolment's steps in order."""
    order = list(Step)
    at = order.index(Step(profile.step))
    return [Stride(LABELS[step], _state(profile, number - at)) for number, step in enumerate(order)]


def _state(profile: InitialServerProfile, distance: int) -> str:
    if profile.status == Status.SUCCEEDED or distance < 0:
        return "done"
    if distance > 0 or profile.status == Status.PENDING:
        return "todo"
    return "failed" if profile.status == Status.FAILED else "now"


def is_followed(profile: InitialServerProfile, *, waits: bool) -> bool:
    """Whether there are steps to show: a removal has none of its own, and a script to run by hand not yet."""
    return profile.action == Action.ENROL and not (waits and profile.status == Status.PENDING)


def bar(profile: InitialServerProfile) -> Bar:
    """The progress as a bar."""
    states = [stride.state for stride in strides(profile)]
    done, step = states.count("done"), LABELS[Step(profile.step)]
    texts = {Status.SUCCEEDED: "Done", Status.PENDING: "Not begun", Status.FAILED: f"Stopped at: {step}"}
    return Bar(done, len(states), texts.get(Status(profile.status), step))


PROOFS = {
    "Proof: key gone": "The hub's key is not in authorized_keys any more",
    "Proof: user gone": "There is no user virtadmin any more",
    "Proof: home gone": "The probe, its environment and its files are gone",
}


def removed(profile: InitialServerProfile) -> list[Stride]:
    """What a removal has proved, and what it says stays on the server."""
    lines = [line.strip() for line in profile.log.splitlines()]
    proved = [Stride(PROOFS[line], "done") for line in dict.fromkeys(lines) if line in PROOFS]
    return proved + [Stride(line, "info") for line in lines if line.startswith("Stays: ")]


def over(profile: InitialServerProfile) -> bool:
    """Whether nothing more will come."""
    return profile.status in (Status.SUCCEEDED, Status.FAILED)
