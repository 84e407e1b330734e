"""The schema says what the API does, and the API does what the schema says."""

from collections import Counter
from io import StringIO
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.api.conftest import Caller
from virtadmin.accounts.models import User
from virtadmin.accounts.services import token_create
from virtadmin.alerting.models import Incident, MaintenanceWindow, Recipients, Silence, Threshold, ThresholdTemplate
from virtadmin.notifications.models import Notification
from virtadmin.servers.models import InitialServerProfile, ServerImport, UnknownSystem
from virtadmin.websites.models import Url

READ_AND_WRITTEN = {"get": "read", "put": "update", "patch": "partial_update", "delete": "delete"}
THE_USERS_OWN = {
    "/api/initial-server-profile/": {"get": "list", "post": "create"},
    "/api/initial-server-profile/{id}/": {"get": "read", "delete": "delete"},
    "/api/initial-server-profile/{id}/verify/": {"post": "verify"},
    "/api/server/": {"get": "list"},
    "/api/server/{id}/": READ_AND_WRITTEN,
    "/api/server/by-user/{uuid}/": {"get": "by_user"},
    "/api/server/{id}/unenrol/": {"post": "unenrol"},
    "/api/server/{id}/accept-host-key/": {"post": "accept_host_key"},
    "/api/server/{id}/history/": {"get": "history"},
    "/api/thresholds/": {"get": "list"},
    "/api/thresholds/{id}/": READ_AND_WRITTEN,
    "/api/thresholds/by_server/{server_id}/": {"get": "by_server"},
    "/api/urls/": {"get": "list", "post": "create"},
    "/api/urls/{id}/": READ_AND_WRITTEN,
    "/api/urls/by_server/{server_id}/": {"get": "by_server"},
    "/api/urls/{id}/check/": {"post": "check"},
    "/api/urls/{id}/history/": {"get": "history"},
    "/api/urls/{id}/uptime/": {"get": "uptime"},
}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
    ignored_auth,
]
ASKS_ANOTHER_MACHINE = "accept-host-key|host-keys"
ENDS_THE_TOKEN = "/api/auth/logout/"


def drawn(client: Any) -> dict[str, Any]:
    """The schema as the API gives it."""
    answer: dict[str, Any] = client.get("/api/schema/?format=json").json()
    return answer


def test_it_is_valid_and_drawn_without_a_warning() -> None:
    text = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=text)
    assert "openapi: 3" in text.getvalue()


def test_the_routes_and_operation_ids_are_the_agreed_ones(alice: User, by_token: Caller) -> None:
    paths = drawn(by_token(alice))["paths"]
    for path, verbs in THE_USERS_OWN.items():
        resource = path.split("/")[2].replace("-", "_")
        ids = {verb: operation["operationId"] for verb, operation in paths[path].items()}
        assert ids == {verb: f"{resource}_{name}" for verb, name in verbs.items()}
    ids = [operation["operationId"] for verbs in paths.values() for operation in verbs.values()]
    assert len(ids) == len(set(ids))


def test_secrets_go_in_and_never_come_out(alice: User, by_token: Caller) -> None:
    shapes = drawn(by_token(alice))["components"]["schemas"]
    secrets = {"password", "ssh_key", "ssh_key_passphrase", "old_password", "new_password", "otp"}
    for name, shape in shapes.items():
        assert name.endswith("Request") or not secrets & set(shape.get("properties", {})), name


def test_it_tells_how_to_send_a_token(alice: User, by_token: Caller) -> None:
    schemes = drawn(by_token(alice))["components"]["securitySchemes"]
    assert schemes["token"]["name"] == "Authorization"
    assert schemes["token"]["in"] == "header"
    assert "Token" in schemes["token"]["description"]
    assert set(schemes) == {"token", "cookieAuth"}


def test_it_comes_as_yaml_too(alice: User, by_token: Caller) -> None:
    assert by_token(alice).get("/api/schema/").content.startswith(b"openapi: 3")


def test_nobody_reads_it_without_a_login(db: None) -> None:
    answer = Client().get("/api/schema/")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


@pytest.fixture
def rules(
    incident: Incident,
    silence: Silence,
    window: MaintenanceWindow,
    recipients: Recipients,
    template: ThresholdTemplate,
) -> dict[str, Any]:
    """An incident, and of whom and when people are told."""
    rows = {"silences": silence, "maintenance": window, "recipients": recipients, "threshold-templates": template}
    return {**rows, "incidents": incident}


@pytest.fixture
def ids(
    profile: InitialServerProfile,
    threshold: Threshold,
    url: Url,
    notification: Notification,
    unknown_system: UnknownSystem,
    batch: ServerImport,
    rules: dict[str, Any],
) -> dict[str, Any]:
    """The path parameters that lead to something, by resource."""
    rows = {"initial-server-profile": profile, "server": threshold.server, "thresholds": threshold, **rules}
    others = {"notifications": notification, "unknown-systems": unknown_system, "urls": url, "server-imports": batch}
    numbers = {name: {"id": row.pk, "server_id": threshold.server_id} for name, row in {**rows, **others}.items()}
    return {**numbers, "users": {"uuid": str(profile.owner.uuid)}}


@pytest.fixture
def described(admin_person: User) -> schemathesis.BaseSchema:
    """The schema with the application behind it, asked by an admin."""
    headers = {"Authorization": f"Token {token_create(user=admin_person)[0]}", "Accept-Encoding": "identity"}
    schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application(), headers=headers)
    schema.config.headers = headers
    return schema.exclude(path_regex=ASKS_ANOTHER_MACHINE).exclude(path=ENDS_THE_TOKEN)


@pytest.mark.timeout(600)  # some seventy operations, ten calls each: a minute on a machine that does nothing else
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_the_api_does_what_the_schema_says(
    described: schemathesis.BaseSchema, ids: dict[str, Any], mode: GenerationMode
) -> None:
    operations = [found.ok() for found in described.get_all_operations()]
    statuses: Counter[int] = Counter()
    for operation in operations:
        if mode is GenerationMode.POSITIVE or _takes_something(operation):
            known = ids.get(operation.path.split("/")[2], {}) if mode is GenerationMode.POSITIVE else {}
            with transaction.atomic():  # each operation finds what the one before it has deleted
                statuses += _hold_to_schema(operation, mode, known)
                transaction.set_rollback(True)
    wanted = {200, 201, 202, 204} if mode is GenerationMode.POSITIVE else {400}
    assert wanted <= statuses.keys(), statuses  # else the calls never came as far as they were meant to


def _takes_something(operation: Any) -> bool:
    return bool(len(operation.body) or len(operation.query) or len(operation.path_parameters))


def _hold_to_schema(operation: Any, mode: GenerationMode, known: dict[str, Any]) -> Counter[int]:
    statuses: Counter[int] = Counter()

    @settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def calls(case: schemathesis.Case) -> None:
        for name in case.path_parameters.keys() & known.keys():
            case.path_parameters[name] = known[name]
        statuses[case.call_and_validate(checks=CHECKS).status_code] += 1

    calls()
    return statuses
