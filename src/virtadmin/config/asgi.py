"""The ASGI application, for uvicorn or any other server."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from virtadmin.config.databases import keep_none

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "virtadmin.config.settings")
keep_none(settings.DATABASES["default"])
# A broker that hangs would keep whoever saves something waiting for ever; workers wait for tasks, so they may.
settings.CELERY_BROKER_TRANSPORT_OPTIONS.update(socket_timeout=3, socket_connect_timeout=3)
application = get_asgi_application()
