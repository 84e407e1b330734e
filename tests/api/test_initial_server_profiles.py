"""Adding servers over the API."""

import json

import pytest
import time_machine
from auditlog.models import LogEntry
from celery import current_app
from django.test import Client
from django.utils import timezone

from tests.api.conftest import Caller
from tests.api.test_problems import fields, told
from virtadmin.accounts.models import User
from virtadmin.servers.models import InitialServerProfile, Server

PATH = "/api/initial-server-profile/"
SECRET = "  pass word with blanks  "


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was handed to the workers, as text."""
    tasks: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda *args, **kwargs: tasks.append(repr((args, kwargs))))
    return tasks


def test_posting_an_address_and_a_login_starts_a_run(
    alice: User, by_token: Caller, sent: list[str], django_capture_on_commit_callbacks: object
) -> None:
    client = by_token(alice)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        answer = client.post(PATH, {"ip_address": "192.0.2.1", "password": SECRET, "name": "web1"})
    run = answer.json()
    assert answer.status_code == 201, run
    assert answer["Location"] == f"{PATH}{run['id']}/"
    assert (run["status"], run["step"], run["server"], run["finished"]) == ("pending", "authenticate", None, None)
    assert (run["ip_address"], run["port"], run["username"], run["name"]) == ("192.0.2.1", 22, "root", "web1")
    assert not run.keys() & {"password", "ssh_key", "ssh_key_passphrase"}
    assert InitialServerProfile.objects.get().password == SECRET
    assert InitialServerProfile.objects.get().owner == alice
    assert len(sent) == 1
    assert "servers.enrol" in sent[0]


def test_no_secret_ever_comes_back(alice: User, by_token: Caller, sent: list[str]) -> None:
    client = by_token(alice)
    made = client.post(PATH, {"ip_address": "192.0.2.1", "password": SECRET})
    refused = client.post(PATH, {"ip_address": "not an address", "password": SECRET, "ssh_key": SECRET})
    pages = [made, refused, client.get(PATH), client.get(f"{PATH}{made.json()['id']}/"), client.get("/api/log/")]
    assert all(SECRET.strip().encode() not in page.content for page in pages)
    assert SECRET.strip() not in "".join(sent)
    assert SECRET.strip() not in json.dumps([*LogEntry.objects.values_list("changes", flat=True)])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "ip_address"),
        ({"ip_address": "192.0.2.1"}, "password"),
        ({"ip_address": "root@192.0.2.1", "password": "x"}, "ip_address"),
        ({"ip_address": "https://example.org/", "password": "x"}, "ip_address"),
        ({"ip_address": "a" * 300, "password": "x"}, "ip_address"),
        ({"ip_address": ["192.0.2.1"], "password": "x"}, "ip_address"),
        ({"ip_address": "192.0.2.1", "password": "x", "port": 0}, "port"),
        ({"ip_address": "192.0.2.1", "password": "x", "port": 65536}, "port"),
        ({"ip_address": "192.0.2.1", "password": "x", "port": "ssh"}, "port"),
        ({"ip_address": "192.0.2.1", "password": "x", "name": "a\u0007b"}, "name"),
        ({"ip_address": "192.0.2.1", "password": "x\ny"}, "password"),
        ({"ip_address": "192.0.2.1", "ssh_key": "no key at all"}, "ssh_key"),
        ({"ip_address": "192.0.2.1", "password": "x", "host_key_fingerprint": "abc"}, "host_key_fingerprint"),
        ({"ip_address": "192.0.2.1", "password": "x", "user": "root"}, "user"),
    ],
)
def test_a_wrong_value_is_told_at_its_field(alice: User, by_token: Caller, body: dict[str, object], field: str) -> None:
    assert fields(told(by_token(alice).post(PATH, body), 400)).keys() == {field}
    assert not InitialServerProfile.objects.exists()


def test_what_a_person_may_not_set_is_ignored(alice: User, by_token: Caller, sent: list[str]) -> None:
    body = {"ip_address": "192.0.2.1", "password": "x", "status": "succeeded", "log": "all is well", "server": 1}
    run = by_token(alice).post(PATH, body).json()
    assert (run["status"], run["log"], run["server"]) == ("pending", "", None)


def test_a_run_under_way_is_not_deleted(alice: User, profile: InitialServerProfile, by_token: Caller) -> None:
    InitialServerProfile.objects.filter(pk=profile.pk).update(status="running")
    assert "under way" in told(by_token(alice).delete(f"{PATH}{profile.pk}/"), 409)["detail"]


def test_enrolments_are_limited_whatever_the_door(alice: User, by_token: Caller, sent: list[str]) -> None:
    client, pages = by_token(alice), Client()
    pages.force_login(alice, "virtadmin.accounts.backend.RoleBackend")
    with time_machine.travel(timezone.now(), tick=False):
        bodies = [{"ip_address": f"192.0.2.{number}", "password": "x"} for number in range(61)]
        assert {client.post(PATH, body).status_code for body in bodies[:30]} == {201}
        forms = [pages.post("/servers/add/", {"step": "all", "port": 22, "username": "root", **b}) for b in bodies[30:]]
        assert {form.status_code for form in forms[:30]} == {302}, "pages and API are counted together"
        assert "too much at once" in forms[30].content.decode()
        refused = client.post(PATH, bodies[60])
    told(refused, 429)
    assert 0 < int(refused["Retry-After"]) <= 60
    assert client.get(PATH).status_code == 200


def test_by_hand_the_answer_has_the_script_and_verifying_is_asked_for(
    alice: User, by_token: Caller, sent: list[str], django_capture_on_commit_callbacks: object
) -> None:
    client = by_token(alice)
    run = client.post(PATH, {"ip_address": "192.0.2.9", "by_hand": True, "password": SECRET}).json()
    server = Server.objects.get()
    assert (run["by_hand"], run["status"], run["server"]) == (True, "pending", server.pk)
    assert server.public_key.split()[1] in run["script"]
    assert InitialServerProfile.objects.get().password == ""
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        answer = client.post(f"{PATH}{run['id']}/verify/")
    assert answer.status_code == 202, answer.json()
    assert len(sent) == 1
    InitialServerProfile.objects.update(status="running")
    told(client.post(f"{PATH}{run['id']}/verify/"), 409)
    assert client.get(f"{PATH}{run['id']}/").json()["script"] == ""
