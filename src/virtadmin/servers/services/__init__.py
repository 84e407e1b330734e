"""What can be done to servers and their profiles. API, pages, admin and command line are doors to these."""

from virtadmin.servers.services.host_keys import host_keys_fetch, server_accept_host_key
from virtadmin.servers.services.imports import (
    import_change,
    import_create,
    import_look_again,
    import_start,
    imports_prune,
)
from virtadmin.servers.services.moving import server_move
from virtadmin.servers.services.profiles import (
    enrolments_reap,
    profile_create,
    profile_delete,
    profile_script,
    profile_verify,
    profiles_prune,
    unknown_systems_prune,
)
from virtadmin.servers.services.watched import server_cleanup_line, server_delete, server_unenrol, server_update

__all__ = [
    "enrolments_reap",
    "host_keys_fetch",
    "import_change",
    "import_create",
    "import_look_again",
    "import_start",
    "imports_prune",
    "profile_create",
    "profile_delete",
    "profile_script",
    "profile_verify",
    "profiles_prune",
    "server_accept_host_key",
    "server_cleanup_line",
    "server_delete",
    "server_move",
    "server_unenrol",
    "server_update",
    "unknown_systems_prune",
]
