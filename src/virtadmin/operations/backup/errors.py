"""What goes wrong with backups.

VirtadminError
├── BadBackup       the file is no backup, not a whole one, or was changed
├── Refused         restoring it here and now would do harm; nothing was touched
"""

from virtadmin.core.errors import VirtadminError


class BadBackup(VirtadminError):
    """The file is no backup, not a whole one, or was changed."""


class Refused(VirtadminError):
    """It would do harm here and now; nothing was touched."""
