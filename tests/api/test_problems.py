"""Bad input gets a clear error in one shape, and costs little."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from rest_framework.request import Request
from rest_framework.test import APIClient

from tests.api.conftest import Caller
from virtadmin.accounts.models import User
from virtadmin.api.caller import caller
from virtadmin.core.errors import Conflict, InvalidInput, NotAllowed
from virtadmin.ssh.stages import ConnectionFailure, Stage


def told(response: Any, status: int) -> dict[str, Any]:
    """The problem the response tells, after checking its form."""
    problem: dict[str, Any] = json.loads(response.content)
    assert response.status_code == problem["status"] == status, problem
    assert response["Content-Type"] == "application/problem+json"
    assert set(problem) == {"type", "title", "status", "detail", "errors"}
    assert problem["detail"]
    assert problem["title"]
    return problem


def fields(problem: dict[str, Any]) -> dict[str, str]:
    return {error["field"]: error["message"] for error in problem["errors"]}


@pytest.fixture
def client(alice: User, by_token: Caller) -> APIClient:
    return by_token(alice)


@pytest.fixture
def me() -> str:
    return "/api/me/"


@pytest.mark.parametrize("body", [b"{", b"{'a': 1}", b'{"a": NaN}', b'{"a": "\\ud800"}', b"\xff", b"[" * 5000, b"\x00"])
def test_what_is_no_json_is_refused(client: APIClient, me: str, body: bytes) -> None:
    problem = told(client.patch(me, body, content_type="application/json"), 400)
    assert problem["detail"].startswith("The body is not JSON")


@pytest.mark.parametrize("body", ["[]", '"text"', "1", "null", "[{}]"])
def test_json_that_is_no_object_is_refused(client: APIClient, me: str, body: str) -> None:
    told(client.patch(me, body, content_type="application/json"), 400)


def test_unknown_fields_are_named(client: APIClient, me: str) -> None:
    problem = told(client.patch(me, {"emial": "a@b.c", "email": "no address", "x": 1}), 400)
    assert fields(problem).keys() == {"emial", "email", "x"}
    assert fields(problem)["emial"] == "There is no such field."
    assert problem["detail"] == "email: Enter a valid email address. (and 2 more)"


def test_read_only_fields_are_ignored(client: APIClient, me: str, alice: User) -> None:
    answer = client.patch(me, {**client.get(me).json(), "role": "admin", "email": "new@example.org"})
    assert answer.status_code == 200, answer.content
    alice.refresh_from_db()
    assert (alice.role, alice.email) == ("operator", "new@example.org")


def test_a_body_of_10_mb_is_refused_by_its_length_alone(client: APIClient, me: str) -> None:
    body = b'{"email": "' + b"x" * 10_000_000 + b'"}'
    problem = told(client.patch(me, body, content_type="application/json"), 413)
    assert problem["detail"] == "The body is larger than 1024 KiB."


def test_a_body_that_hides_its_length_is_read_no_further_than_the_limit(client: APIClient, me: str) -> None:
    body = b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 5)
    told(client.patch(me, body, content_type="application/json", CONTENT_LENGTH="12"), 400)
    told(client.patch(me, body, content_type="application/json"), 413)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "x/y"])
def test_other_media_types_are_refused(client: APIClient, me: str, kind: str) -> None:
    told(client.patch(me, b"<a/>", content_type=kind), 415)


def test_an_answer_that_nobody_speaks_is_refused(client: APIClient, me: str) -> None:
    told(client.get(me, HTTP_ACCEPT="text/html"), 406)


def test_a_method_that_is_not_there_is_refused(client: APIClient, me: str) -> None:
    response = client.delete(me)
    told(response, 405)
    assert response["Allow"].startswith("GET, PATCH")


@pytest.mark.parametrize("path", ["/api/nothing/", "/api/server/abc/", "/api/", "/api/users/not-a-uuid/", "/api/x/y/z"])
def test_an_unknown_path_is_a_problem_not_a_page(path: str) -> None:
    for method in (Client().get, Client().post):
        told(method(path), 404)


def test_a_missing_slash_is_corrected_with_method_and_body_kept() -> None:
    answer = Client().post("/api/auth/token?a=1", b"{}", content_type="application/json")
    assert (answer.status_code, answer["Location"]) == (308, "/api/auth/token/?a=1")
    assert Client().get("/api/nothing").status_code == 404


@pytest.mark.parametrize("header", ["Token", "Token a b", "Token nonsense", "Token \xff\xfe", "Token " + "x" * 5000])
def test_a_wrong_token_is_told(db: None, me: str, header: str) -> None:
    response = Client().get(me, HTTP_AUTHORIZATION=header)
    told(response, 401)
    assert response["WWW-Authenticate"] == "Token"


def test_a_view_that_lets_anybody_in_has_no_caller() -> None:
    with pytest.raises(TypeError):
        caller(Request(RequestFactory().get("/")))


def test_a_session_needs_its_csrf_token(alice: User, me: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert "CSRF" in told(client.patch(me, {}, content_type="application/json"), 403)["detail"]


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (InvalidInput("email", "No."), 400, "email: No."),
        (NotAllowed("Not you."), 403, "Not you."),
        (Conflict("Not now."), 409, "Not now."),
        (ConnectionFailure(Stage.REFUSED, "nobody listens", "Look."), 502, "refused: nobody listens Look."),
    ],
)
def test_a_services_refusal_has_its_status(
    client: APIClient, me: str, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, detail: str
) -> None:
    def refuse(**_: object) -> None:
        raise error

    monkeypatch.setattr("virtadmin.api.me.user_update", refuse)
    assert told(client.patch(me, {}), status)["detail"] == detail


def test_a_failure_of_the_hub_tells_the_caller_nothing_of_it(
    client: APIClient, me: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("the inner secret")

    monkeypatch.setattr("virtadmin.api.me.user_update", fail)
    client.raise_request_exception = False
    response = client.patch(me, {})
    assert told(response, 500)["detail"] == "The hub failed; its log says why."
    assert b"secret" not in response.content


def test_other_pages_keep_their_own_errors(client: APIClient) -> None:
    assert Client().get("/no-such-page/")["Content-Type"].startswith("text/html")


def test_a_wrong_host_is_told(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["hub.example.org"]
    told(Client().get("/api/me/", HTTP_HOST="evil.example.org"), 400)


def test_browsers_elsewhere_get_in_only_if_the_settings_name_them(settings: Any, client: APIClient, me: str) -> None:
    assert "Access-Control-Allow-Origin" not in client.get(me, HTTP_ORIGIN="https://app.example.org")
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.org"]
    allowed = "Access-Control-Allow-Origin"
    assert client.get(me, HTTP_ORIGIN="https://app.example.org")[allowed] == "https://app.example.org"
    assert allowed not in client.get(me, HTTP_ORIGIN="https://evil.example.org")
