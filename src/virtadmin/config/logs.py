"""What is logged, in which form."""

from typing import Any


def logging(level: str, form: str) -> dict[str, Any]:
    """`LOGGING` for a level such as `INFO`, and `text` or `json`."""
    tasks = "INFO" if level == "DEBUG" else "WARNING"  # a line for each, several a second, would drown the rest
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "one_line": {"()": "virtadmin.core.failing.OneLine"},
            "context": {"()": "virtadmin.core.logs.Context"},
            "paths": {"()": "virtadmin.core.logs.Paths"},
            "hosts": {"()": "virtadmin.core.logs.Hosts"},
        },
        "formatters": {
            "text": {"()": "virtadmin.core.logs.Text", "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
            "json": {"()": "virtadmin.core.logs.Json"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form, "filters": ["context"]}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "asyncssh": {"level": "ERROR"},  # one line a connection would drown the rest; failures are our own to tell
            "celery.app.trace": {"level": tasks, "filters": ["one_line"]},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "uvicorn.access": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
            "django.request": {"filters": ["paths"]},
            "django.security.csrf": {"filters": ["paths"]},
            "django.security.DisallowedHost": {"filters": ["hosts"]},
        },
    }
