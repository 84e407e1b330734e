"""Every setting, its default and the environment variable that changes it. `docs/settings.md` explains them to people.

A secret may also be given as `<NAME>_FILE`, the path of a file that holds it. Wrong values fail loudly at start.
"""

import re
import socket
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from virtadmin import __version__
from virtadmin.config.databases import database
from virtadmin.config.files import Environment, data_folder, generated_secret, secrets_keys, socket_path
from virtadmin.config.logs import logging
from virtadmin.config.unfold import LOOK
from virtadmin.core.logs import FORMATS

env = Environment()

# --- where things are -------------------------------------------------------------------------------------------

DATA = data_folder()
PUBLIC_URL: str = env.str("PUBLIC_URL", default="").rstrip("/")
"""The address people reach this hub at, for links in messages, allowed hosts and CSRF; empty = any local address."""
if PUBLIC_URL and urlsplit(PUBLIC_URL).scheme not in ("http", "https"):
    raise ImproperlyConfigured("PUBLIC_URL must start with http:// or https://")
PUBLIC_HOST = urlsplit(PUBLIC_URL).hostname or ""
HTTPS = PUBLIC_URL.startswith("https://")

VIRTADMIN_LISTEN: str = env.str("VIRTADMIN_LISTEN", default="127.0.0.1:8000")
HUB_NAME: str = env.str("HUB_NAME", default=PUBLIC_HOST or socket.gethostname())
"""How this hub calls itself in messages and in the logs of watched servers."""
WATCH_THIS_MACHINE: bool = env.bool("WATCH_THIS_MACHINE", default=True)
"""Whether the first `virtadmin up` makes a server of the hub's own machine, asked by a child process."""

# --- Django -----------------------------------------------------------------------------------------------------

DEBUG = False
SECRET_KEY: str = env.str("SECRET_KEY", default="") or generated_secret(DATA / "secret_key")
SECRETS_KEY: Sequence[str] = secrets_keys(env.list("SECRETS_KEY", default=[]), DATA)
"""Keys that encrypt stored secrets; the first encrypts, all of them decrypt (so that keys can be rotated)."""

ALLOWED_HOSTS: list[str] = env.list(
    "ALLOWED_HOSTS", default=[PUBLIC_HOST, "localhost", "127.0.0.1"] if PUBLIC_HOST else ["*"]
)
CSRF_TRUSTED_ORIGINS: list[str] = [PUBLIC_URL] if PUBLIC_URL else []
TRUSTED_PROXIES: int = env.int("TRUSTED_PROXIES", default=0)
"""How many reverse proxies stand before the hub: so many addresses of X-Forwarded-For are believed, from the right."""
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "virtadmin.config.admin.VirtadminAdminConfig",
    "auditlog",
    "axes",
    "corsheaders",
    "csp",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
    "virtadmin.core",
    "virtadmin.accounts",
    "virtadmin.metrics",
    "virtadmin.servers",
    "virtadmin.websites",
    "virtadmin.notifications",
    "virtadmin.alerting",
    "virtadmin.statuspages",
    "virtadmin.collector",
    "virtadmin.chatbots",
    "virtadmin.operations",
    "virtadmin.api",
    "virtadmin.web",
]
MIDDLEWARE = [
    "virtadmin.api.health.HealthMiddleware",
    "virtadmin.api.request_id.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "virtadmin.accounts.audit.AuditMiddleware",
    "virtadmin.accounts.middleware.SessionsSeen",
    "virtadmin.web.two_factor_first.TwoFactorFirst",
    "axes.middleware.AxesMiddleware",
    "virtadmin.api.fallbacks.ValkeyAway",
]
ROOT_URLCONF = "virtadmin.config.urls"
ASGI_APPLICATION = "virtadmin.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
LANGUAGE_CODE = "en"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(DATA / "static"))()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "virtadmin.config.static.HashedStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
UNFOLD = LOOK

# --- databases, broker, cache -----------------------------------------------------------------------------------

DATABASES = {"default": database(env.db_url("DATABASE_URL", default=f"sqlite:///{DATA / 'virtadmin.sqlite3'}"))}

REDIS_URL: str = env.str("REDIS_URL", default=f"unix://{socket_path(DATA)}")
"""Valkey or Redis for the live bus, newest samples, cache and throttling. `unix:///path` or `redis://host:port/db`."""
CELERY_BROKER_URL: str = env.str("CELERY_BROKER_URL", default=REDIS_URL.replace("unix://", "redis+socket://"))
HISTORY_URL: str = env.str("HISTORY_URL", default="").rstrip("/")
"""`http://host:8428` of a VictoriaMetrics (or vmauth before a cluster); empty = history is kept in the database."""
if HISTORY_URL and urlsplit(HISTORY_URL).scheme not in ("http", "https"):
    raise ImproperlyConfigured("HISTORY_URL must start with http:// or https://")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {
            "serializer": "virtadmin.core.cached.JsonSerializer",
            "socket_timeout": 2,  # one that hangs is as good as away, and somebody waits for the page
            "socket_connect_timeout": 2,
        },
        "VERSION": 2,  # 1 was pickled
    }
}

# --- who may come in --------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "virtadmin.accounts.backend.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PUBLIC_PATHS = ("/status/",)
"""Where anybody may read, and nobody is asked who they are."""
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "virtadmin.accounts.address.client_address"
AXES_LOCKOUT_CALLABLE = "virtadmin.web.views.session.locked_out"
AXES_SENSITIVE_PARAMETERS = ["password", "code", "otp", "old_password", "new_password", "csrfmiddlewaretoken"]
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True
SESSION_ENGINE = "virtadmin.accounts.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = HTTPS and TRUSTED_PROXIES > 0  # without a proxy that tells, every request looks insecure
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # HSTS for subdomains: not this hub's to promise
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
REQUIRE_TOTP: str = env.str("REQUIRE_TOTP", default="")
"""Who must have two-factor sign-in: `staff` (admins and staff), `all`; empty = nobody."""
if REQUIRE_TOTP not in ("", "staff", "all"):
    raise ImproperlyConfigured("REQUIRE_TOTP must be staff, all, or empty")
CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/api/.*$"

# --- the API ----------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "virtadmin.api.authentication.Tokens",
        "virtadmin.api.authentication.Sessions",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["virtadmin.api.permissions.RolePermissions"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["virtadmin.api.parsers.JsonBody"],
    "DEFAULT_PAGINATION_CLASS": "virtadmin.api.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": [
        "virtadmin.api.filters.Filters",
        "rest_framework.filters.SearchFilter",
        "virtadmin.api.filters.Ordering",
    ],
    "DEFAULT_SCHEMA_CLASS": "virtadmin.api.schema.Schema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "virtadmin.api.problems.problem_details",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
REST_KNOX = {"TOKEN_TTL": timedelta(days=env.int("TOKEN_DAYS", default=90))}
SPECTACULAR_SETTINGS = {
    "TITLE": "Virtadmin",
    "DESCRIPTION": "Watch servers over SSH: enrol them, read their metrics, set limits, be told.",
    "VERSION": __version__,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {"IncidentKindEnum": "virtadmin.alerting.models.Incident.Kind"},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "virtadmin.api.schema.refuse_unknown_fields",
    ],
}

# --- background work --------------------------------------------------------------------------------------------

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "collector.*": {"queue": "collect"},
    "servers.*": {"queue": "enrol"},
    "notifications.*": {"queue": "deliver"},
    "alerting.*": {"queue": "deliver"},
}
CELERY_WORKER_DIRECT = True  # a queue of each worker's own: it keeps its servers, and so its open channels
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "polling_interval": 10,  # seconds a worker waits for a task before it asks again: by default it asks every second
    "priority_steps": [0],  # no task has a priority, so a queue is one list instead of four
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.2}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False

# --- messages ---------------------------------------------------------------------------------------------------

EMAIL_URL: str = env.str("EMAIL_URL", default="")
"""`smtp+tls://user:password@host:587`, `smtp+ssl://…`, `smtp://host:25`; empty = the email channel is off."""
if EMAIL_URL:
    vars().update(env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL: str = env.str("EMAIL_FROM", default=f"Virtadmin <virtadmin@{PUBLIC_HOST or 'localhost'}>")

TELEGRAM_TOKEN: str = env.str("TELEGRAM_TOKEN", default="").strip()
"""What @BotFather gave for the bot; empty = the Telegram channel is off."""
TELEGRAM_API_URL: str = env.str("TELEGRAM_API_URL", default="https://api.telegram.org").rstrip("/")
TELEGRAM_WEBHOOK: bool = env.bool("TELEGRAM_WEBHOOK", default=False)
"""Let Telegram call the hub at `PUBLIC_URL`, instead of asking Telegram all the time."""
TELEGRAM_WEBHOOK_SECRET: str = env.str("TELEGRAM_WEBHOOK_SECRET", default="")
"""What Telegram proves itself by when it calls (letters, digits, _ and -); empty = made from SECRET_KEY."""
if TELEGRAM_WEBHOOK and not HTTPS:
    raise ImproperlyConfigured("TELEGRAM_WEBHOOK needs PUBLIC_URL to start with https://")
if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", TELEGRAM_WEBHOOK_SECRET):
    raise ImproperlyConfigured("TELEGRAM_WEBHOOK_SECRET may hold letters, digits, _ and - alone, 256 at most")
MESSENGER_PAGE: str = env.str("MESSENGER_PAGE", default="")
"""The Facebook page's user name or id: people write to m.me/<it>."""
MESSENGER_PAGE_TOKEN: str = env.str("MESSENGER_PAGE_TOKEN", default="").strip()
MESSENGER_APP_SECRET: str = env.str("MESSENGER_APP_SECRET", default="").strip()
MESSENGER_VERIFY_TOKEN: str = env.str("MESSENGER_VERIFY_TOKEN", default="").strip()
GRAPH_API_URL: str = env.str("GRAPH_API_URL", default="https://graph.facebook.com").rstrip("/")
"""Meta's Graph API; a version at its end, such as /v24.0, is used instead of the one this hub was written for."""

for name, address in (("TELEGRAM_API_URL", TELEGRAM_API_URL), ("GRAPH_API_URL", GRAPH_API_URL)):
    if urlsplit(address).scheme not in ("http", "https"):
        raise ImproperlyConfigured(f"{name} must start with http:// or https://")

LOG_FORMAT: str = env.str("LOG_FORMAT", default="text").lower()
"""`text` for people, `json` for programs: one object a line."""
if LOG_FORMAT not in FORMATS:
    raise ImproperlyConfigured("LOG_FORMAT must be text or json")
ACCESS_LOG: bool = env.bool("ACCESS_LOG", default=False)
"""Whether each request gets a line in the log, without its query."""
LOG_LEVEL: str = env.str("LOG_LEVEL", default="INFO").upper()
LOGGING = logging(LOG_LEVEL, LOG_FORMAT)

REPEAT_HOURS: int = env.int("REPEAT_HOURS", default=4)
"""Hours after which people are reminded of what is still open and nobody looks after; 0 = never."""
HUB_CHECK_ADDRESS: str = env.str("HUB_CHECK_ADDRESS", default="")
"""`host:port` that answers as long as the hub has its network; empty = its default gateway is asked."""
if HUB_CHECK_ADDRESS and not HUB_CHECK_ADDRESS.rpartition(":")[2].isdigit():
    raise ImproperlyConfigured("HUB_CHECK_ADDRESS must be host:port")

HEARTBEAT_URL: str = env.str("HEARTBEAT_URL", default="").rstrip("/")
"""Asked (GET) each minute while rounds really end, so that somebody watches the watcher; empty = nobody is told."""
if HEARTBEAT_URL and urlsplit(HEARTBEAT_URL).scheme not in ("http", "https"):
    raise ImproperlyConfigured("HEARTBEAT_URL must start with http:// or https://")

PRIVATE_WEBSITES: bool = env.bool("PRIVATE_WEBSITES", default=False)
"""Whether operators too may have websites at private addresses checked; admins always may."""

# --- limits of this product (design.md §4, §9) ------------------------------------------------------------------

TICK_SECONDS = 5
ENROLMENT_HEARTBEAT_SECONDS = 60
ENROLMENTS_AT_ONCE: int = env.int("ENROLMENTS_AT_ONCE", default=8)
if ENROLMENTS_AT_ONCE < 1:
    raise ImproperlyConfigured("ENROLMENTS_AT_ONCE must be 1 or more")
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000
"""The form with the servers of an import: 500 rows of five fields (Django's own limit is 1,000)."""
PROFILE_KEEP_DAYS: int = env.int("PROFILE_KEEP_DAYS", default=30)
NOTIFICATION_KEEP_DAYS: int = env.int("NOTIFICATION_KEEP_DAYS", default=365)
INCIDENT_KEEP_DAYS: int = env.int("INCIDENT_KEEP_DAYS", default=730)
QUIET_KEEP_DAYS: int = env.int("QUIET_KEEP_DAYS", default=30)
LOG_ENTRY_KEEP_DAYS: int = env.int("LOG_ENTRY_KEEP_DAYS", default=730)
