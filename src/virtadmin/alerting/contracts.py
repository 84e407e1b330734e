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
