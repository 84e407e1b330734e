"""What the scripts on the server say (probe/README.md): lines with @ are for the hub, all others for people. Pure."""

from dataclasses import dataclass, field

from virtadmin.servers.models import InitialServerProfile

Step = InitialServerProfile.Step
ENVIRONMENTS = {
    "python": "by Python in an environment of its own",
    "plain-python": "by the system's Python",
    "sh": "by the shell",
}


@dataclass
class Said:
    """What a script has said so far. `done`: rights ("root" or "user"), login and environment."""

    step: str = ""
    done: tuple[str, str, str] | None = None
    failure: tuple[str, str] | None = None
    """Code and sentence."""
    system: str = ""
    tail: list[str] = field(default_factory=list)
    """The last lines for people, for a script that ends without a reason."""

    def hear(self, line: str) -> str:
        """Take a line in; what people are shown of it (empty: nothing)."""
        word, _, rest = line.partition(" ")
        hearing = HEARINGS.get(word)
        if hearing:
            return hearing(self, rest.strip())
        if word in WORDS:
            return f"{WORDS[word]}: {rest}"
        self.tail = [*self.tail[-2:], line] if line.strip() else self.tail
        return line


def _step(said: Said, rest: str) -> str:
    if rest in Step.values:
        said.step = rest
        return f"Step: {Step(rest).label}"
    return f"Step: {rest}"


def _done(said: Said, rest: str) -> str:
    rights, login, environment, *_ = [*rest.split(), "", "", ""]
    said.done = rights, login, environment
    if not login:
        return "Done."
    return f"Installed for the user {login}; the probe runs {ENVIRONMENTS.get(environment, environment)}."


def _fail(said: Said, rest: str) -> str:
    code, _, sentence = rest.partition(" ")
    said.failure = code, sentence or code
    return ""  # told as the run's outcome


def _system(said: Said, rest: str) -> str:
    said.system = rest
    return f"System: {rest}"


HEARINGS = {"@step": _step, "@done": _done, "@fail": _fail, "@system": _system}
WORDS = {"@proof": "Proof", "@left": "Stays"}
"""What is shown to people with another word and has no meaning for the hub."""
