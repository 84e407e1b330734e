"""The ASGI application, for uvicorn or any other server."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "virtadmin.config.settings")
application = get_asgi_application()
