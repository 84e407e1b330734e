"""What the collector tells alerting, once per batch."""

from dataclasses import dataclass

from virtadmin.metrics.observation import Observation


@dataclass(frozen=True, slots=True)
class Observed:
    """A new observation of a server that is asked every `interval` seconds."""

    server_id: int
    interval: int
    observation: Observation


@dataclass(frozen=True, slots=True)
class Reachability:
    """A server was lost or is back. Told on every change; telling it again changes nothing.

    `stage`, `reason` and `hint` say what failed, what happened and what to do (`ssh.stages`); empty when it is back.
    A stage of `host_key_changed` is a security alert of its own.
    """

    server_id: int
    lost: bool
    stage: str = ""
    reason: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class UrlSeen:
    """What a check says of a website. Told after every check; telling the same again changes nothing.

    `down`: whether it counts as down, confirmations and recovery included; None = that is not decided yet, so nothing
    changes. `stage`, `reason` and `hint` as `websites.check` has them, empty when it is up.
    `expires`: when its certificate does, Unix seconds; None = there is none, or nobody asked for reminders. `lifetime`:
    for how many seconds it was issued, where it is known to be renewed in time; None = unknown. `renewed` says how the
    certificate differs from the one before (issuer, names, dates), empty when it is the same or the first; people hear
    of it if they asked for reminders.
    """

    url_id: int
    down: bool | None
    stage: str = ""
    reason: str = ""
    hint: str = ""
    status: int | None = None
    expires: float | None = None
    lifetime: float | None = None
    renewed: str = ""
