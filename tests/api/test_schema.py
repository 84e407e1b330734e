"""The schema says what the API does; test_conformance.py sees to it that the API does what the schema says."""

from io import StringIO
from typing import Any

from django.core.management import call_command
from django.test import Client

from tests.api.conftest import Caller
from virtadmin.accounts.models import User

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
