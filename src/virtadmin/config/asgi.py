"""The ASGI application, for uvicorn or any other server."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from virtadmin.config.databases import keep_none

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "virtadmin.config.settings")
keep_none(settings.DATABASES["default"])
application = get_asgi_application()
