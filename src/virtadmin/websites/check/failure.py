"""The one error of a check, from wherever it fails up to its outcome."""

from virtadmin.websites.check.stages import HINTS, Stage


class CheckFailure(Exception):
    """A check failed at `stage`. `reason` is a sentence for people without a secret of the request in it."""

    def __init__(self, stage: Stage, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.stage, self.reason = stage, reason
        self.hint = hint or HINTS[stage]
