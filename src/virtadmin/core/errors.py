"""Errors that carry something for a person to read.

VirtadminError
├── InvalidInput        a value somebody gave is wrong; names the field
├── NotAllowed          the caller may see the object but not do this to it
├── Conflict            the object's state forbids it now
├── TooOften            done too many times lately; says when again
└── ConnectionFailure   (virtadmin.ssh.stages) a server could not be asked; names the stage
"""


class VirtadminError(Exception):
    """A failure with one sentence for people."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(VirtadminError):
    """A value somebody gave is wrong. `field` is its name in the API and in forms."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotAllowed(VirtadminError):
    """The caller may see the object but not do this to it."""


class Conflict(VirtadminError):
    """The object's state forbids it now."""


class TooOften(VirtadminError):
    """Done too many times lately. `wait`: seconds until it may be done again."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"That is too much at once. Try again in {wait} seconds.")
        self.wait = wait
