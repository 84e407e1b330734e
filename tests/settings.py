"""The hub's own settings with a data folder and a Valkey of the tests' own."""

import os
import tempfile
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="virtadmin-tests-"))
for name in [*os.environ]:
    if name.endswith(("_URL", "_URL_FILE")) or name.startswith(("VIRTADMIN_", "CELERY_")):
        del os.environ[name]
os.environ.update({"VIRTADMIN_HOME": str(HOME), "HUB_NAME": "test-hub"})

from virtadmin.config.settings import *  # noqa: E402, F403

STORAGES = {  # tests need no collected static files
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = False
STATIC_ROOT = HOME / "static"
STATIC_ROOT.mkdir()  # whitenoise warns of a folder that is missing
