"""The hub's own settings with a data folder, a Valkey and a database of the tests' own.

`TEST_DATABASE=mysql` (mariadb, postgresql) runs them on such a server; `tests.conftest` starts it.
"""

import os
import tempfile
from pathlib import Path

from tests.databases.maker import DatabaseServer

PLACE = "VIRTADMIN_TEST_HOSTS"
"""Where the hosts are made (`tests/hosts/host`)."""
HOME = Path(tempfile.mkdtemp(prefix="virtadmin-tests-"))
for name in [*os.environ]:
    if name.endswith(("_URL", "_URL_FILE")) or (name.startswith(("VIRTADMIN_", "CELERY_")) and name != PLACE):
        del os.environ[name]
os.environ.update({"VIRTADMIN_HOME": str(HOME), "HUB_NAME": "test-hub"})
SYSTEM = os.environ.get("TEST_DATABASE", "sqlite")
SERVER = None if SYSTEM == "sqlite" else DatabaseServer(SYSTEM, HOME / SYSTEM)
if SERVER:
    os.environ["DATABASE_URL"] = SERVER.url("virtadmin")

from virtadmin.config.settings import *  # noqa: E402, F403

os.environ.pop("DATABASE_URL", None)  # what tests start has databases of its own
STORAGES = {  # tests need no collected static files
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = False
STATIC_ROOT = HOME / "static"
STATIC_ROOT.mkdir()  # whitenoise warns of a folder that is missing
