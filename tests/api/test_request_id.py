"""Ids of requests, and what the log says of them."""

import json
import logging
from uuid import UUID, uuid4

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as some
from pytest_django import Settings

from virtadmin.core.logs import HARMLESS, HIDDEN, LONG, Context, Json, Text, id_taken, path_said, request_id


@pytest.fixture(autouse=True)
def _no_request() -> None:
    """A test's thread answers the requests of all tests."""
    request_id.set("")


def line(formatter: logging.Formatter, **extra: object) -> str:
    record = logging.LogRecord("virtadmin.test", logging.INFO, "x.py", 1, "said %s", ("so",), None)
    record.__dict__.update(extra)
    Context().filter(record)
    return formatter.format(record)


@pytest.mark.django_db
def test_each_answer_has_an_id_of_its_own(client: Client) -> None:
    ids = {client.get("/login/")["X-Request-ID"] for _ in range(2)}
    assert len(ids) == 2
    assert all(UUID(found) for found in ids)
    assert client.get("/nowhere/")["X-Request-ID"]


@pytest.mark.django_db
def test_only_a_trusted_proxy_names_it(client: Client, settings: Settings) -> None:
    given_id = {"x-request-id": "from-the-proxy"}
    assert client.get("/login/", headers=given_id)["X-Request-ID"] != "from-the-proxy"
    settings.TRUSTED_PROXIES = 1
    assert client.get("/login/", headers=given_id)["X-Request-ID"] == "from-the-proxy"
    assert len(client.get("/login/", headers={"x-request-id": 'x"} {"level": '})["X-Request-ID"]) == 32


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["evil.example", "evil.example. Two sentences", "a\tb", "long" * 5000])
def test_a_host_that_is_not_ours_is_told_in_one_line(
    host: str, client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ALLOWED_HOSTS = ["hub.example"]
    assert client.get("/login/", headers={"host": host}).status_code == 400
    [record] = [record for record in caplog.records if record.name == "django.security.DisallowedHost"]
    line = Text().format(record)
    assert line.startswith(f"Invalid HTTP_HOST header: {host!r}"[:36])
    assert " (ALLOWED_HOSTS) [" in line
    assert len(line.splitlines()) == 1
    assert len(line) < 400
    assert record.levelname == "WARNING"


@pytest.mark.django_db
def test_a_line_for_each_request_where_wanted(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "virtadmin.access")
    client.get("/login/?next=/secret-query")
    assert caplog.records == []
    settings.ACCESS_LOG = True
    answer = client.get("/login/?next=/secret-query")
    client.get("/static/web/tokens.css")
    client.get("/healthz")
    [record] = [record for record in caplog.records if record.name == "virtadmin.access"]
    assert record.getMessage().startswith("GET /login/ 200 ")
    assert record.getMessage().endswith(" ms 127.0.0.1")
    assert "secret-query" not in caplog.text
    said = json.loads(Json().format(record))
    assert (said["method"], said["path"], said["status"]) == ("GET", "/login/", 200)
    assert answer["X-Request-ID"]


@pytest.mark.django_db
def test_a_link_that_is_wrong_is_not_in_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/join/A-Secret-Of-Somebodys-Invitation/x")
    [record] = [record for record in caplog.records if record.name == "django.request"]
    assert record.getMessage() == f"Not Found: /join/{HIDDEN}/x"


def test_lines_name_their_request_and_nothing_where_there_is_none() -> None:
    plain = Text("%(levelname)s %(name)s: %(message)s")
    assert line(plain) == "INFO virtadmin.test: said so"
    assert set(json.loads(line(Json()))) == {"time", "level", "logger", "message"}
    token = request_id.set("an-id-of-one")
    try:
        assert line(plain) == "INFO virtadmin.test: said so [request=an-id-of-one]"
        assert json.loads(line(Json()))["request_id"] == "an-id-of-one"
    finally:
        request_id.reset(token)


def test_a_traceback_is_part_of_its_object() -> None:
    try:
        raise ValueError("broken")
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
    said = line(Json(), exc_info=info)
    assert "\n" not in said
    assert "ValueError: broken" in json.loads(said)["exc_info"]


@given(some.text())
def test_no_path_breaks_the_line_or_tells_a_long_part(path: str) -> None:
    said = path_said(path)
    assert said.isprintable()
    assert said.isascii()
    for part in path.split("/"):
        if len(part) >= LONG and not HARMLESS.fullmatch(part):
            assert part not in said


def test_paths_stay_readable() -> None:
    number = str(uuid4())
    assert path_said(f"/api/server/by-user/{number}/") == f"/api/server/by-user/{number}/"
    assert path_said("/api/initial-server-profile/1/") == "/api/initial-server-profile/1/"
    assert path_said(f"/join/{'X' * 43}/") == f"/join/{HIDDEN}/"


@given(some.text(max_size=80))
def test_ids_of_proxies_are_plain(text: str) -> None:
    if id_taken(text):
        assert text.isascii()
        assert json.dumps(text) == f'"{text}"'
