"""The settings of the API, and of its schema."""

from virtadmin import __version__

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
