"""How a run may end early.

VirtadminError
├── RunFailed          with a sentence for people and what to do
│   └── ScriptFailed   said by the script on the server; has its code
└── RunAbandoned       the profile or its server is gone, or the run was failed by others
"""

from virtadmin.core.errors import VirtadminError


class RunFailed(VirtadminError):
    """The run cannot go on; the message says what happened and what to do."""


class ScriptFailed(RunFailed):
    """The script on the server gave up. `code` is its word for why (probe/README.md)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class RunAbandoned(VirtadminError):
    """The profile or its server was deleted, or the run failed by the reaper, while it went on."""

    def __init__(self) -> None:
        super().__init__("The run was ended by others.")
