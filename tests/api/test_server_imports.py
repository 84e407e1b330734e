"""Adding many servers over the API."""

import pytest
from celery import current_app

from tests.api.conftest import Caller
from tests.api.test_problems import fields, told
from virtadmin.accounts.models import User
from virtadmin.servers.models import InitialServerProfile, ServerImport

PATH = "/api/server-imports/"
SECRET = "a-secret-pass"


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)


def test_a_list_is_read_row_by_row(alice: User, by_token: Caller) -> None:
    text = "web1 ops@192.0.2.1:2222 tags=shop,eu\nssh -J gate inner\n192.0.2.2"
    answer = by_token(alice).post(PATH, {"text": text})
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert answer["Location"] == f"{PATH}{made['id']}/"
    assert (made["format"], made["username"], made["started"]) == ("lines", "root", None)
    assert [(refusal["line"], refusal["what"]) for refusal in made["refusals"]] == [(2, "inner")]
    first, second = made["rows"]
    assert (first["name"], first["username"], first["port"], first["tags"]) == ("web1", "ops", 2222, ["shop", "eu"])
    assert (second["line"], second["status"], second["looked"], second["shown"]) == (3, "pending", False, [])
    assert [one["id"] for one in by_token(alice).get(PATH).json()["results"]] == [made["id"]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": "Host a\n ProxyJump b"}, "text"),
        ({"text": "web1", "format": "excel"}, "format"),
        ({"text": "web1", "username": "a\nb"}, "username"),
        ({"text": "web1", "password": SECRET}, "password"),
    ],
)
def test_what_is_wrong_is_named(body: dict[str, str], field: str, alice: User, by_token: Caller) -> None:
    answer = by_token(alice).post(PATH, body)
    assert fields(told(answer, 400)).keys() == {field}
    assert SECRET.encode() not in answer.content


def test_the_rows_are_changed_and_started_together(alice: User, batch: ServerImport, by_token: Caller) -> None:
    client, path, row = by_token(alice), f"{PATH}{batch.pk}/start/", batch.rows.get()
    body = {"password": SECRET, "rows": [{"id": row.pk, "name": "shop", "tags": ["b", "a"]}]}
    assert fields(told(client.post(path, body), 400)).keys() == {"trust_shown"}
    wrong = {**body, "trust_shown": True, "rows": [{"id": row.pk, "name": "a\nb"}]}
    assert fields(told(client.post(path, wrong), 400)).keys() == {f"name-{row.pk}"}
    answer = client.post(path, {**body, "trust_shown": True})
    assert answer.status_code == 202, answer.json()
    [shown] = answer.json()["rows"]
    run = InitialServerProfile.objects.get()
    assert (shown["status"], shown["initial_server_profile"], shown["name"]) == ("pending", run.pk, "shop")
    assert (run.password, run.tags, run.host_key_fingerprint) == (SECRET, ["a", "b"], "SHA256:" + "s" * 43)
    assert SECRET.encode() not in answer.content
    InitialServerProfile.objects.update(status="failed", log="Failed: The disk is full.\n")
    [shown] = client.get(f"{PATH}{batch.pk}/").json()["rows"]
    assert (shown["status"], shown["status_reason"]) == ("failed", "The disk is full.")


def test_hosts_still_looked_at_and_silent_ones(alice: User, batch: ServerImport, by_token: Caller) -> None:
    batch.rows.update(shown=[], refusal="timeout")
    answer = by_token(alice).post(f"{PATH}{batch.pk}/look/")
    assert answer.status_code == 202
    assert answer.json()["rows"][0]["looked"] is False
    told(by_token(alice).post(f"{PATH}{batch.pk}/start/", {"password": SECRET}), 409)
