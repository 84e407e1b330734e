"""The log of changes over the API."""

from auditlog.models import LogEntry

from tests.api.conftest import Caller
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, Threshold
from virtadmin.servers.models import Server


def test_a_change_by_token_is_told_with_who_and_what(alice: User, server: Server, by_token: Caller) -> None:
    client = by_token(alice)
    LogEntry.objects.all().delete()
    client.patch(f"/api/server/{server.pk}/", {"name": "renamed"})
    entry = client.get("/api/log/?object_type=server&action=update").json()["results"][0]
    assert list(entry) == [
        "id", "timestamp", "actor", "actor_name", "action", "object_type", "object_id", "object", "changes",
    ]  # fmt: skip
    assert (entry["actor"], entry["actor_name"], entry["action"]) == (str(alice.uuid), "alice", "update")
    assert (entry["object_type"], entry["object_id"]) == ("server", server.pk)
    assert entry["changes"] == {"name": ["web1", "renamed"]}


def test_members_see_what_happens_to_shared_servers_and_strangers_do_not(
    alice: User, bob: User, charlie: User, admin_person: User, server: Server, threshold: Threshold, by_token: Caller
) -> None:
    by_token(alice).patch(f"/api/thresholds/{threshold.pk}/", {"cpu_usage": 42})
    query = "/api/log/?object_type=threshold&action=update"
    counts = {user.username: by_token(user).get(query).json()["count"] for user in (alice, bob, charlie, admin_person)}
    assert counts == {"alice": 1, "bob": 1, "charlie": 0, "root": 1}


def test_the_servers_key_is_never_in_it(alice: User, server: Server, by_token: Caller) -> None:
    server.private_key = "another private key"
    server.name = "changed"
    server.save()
    assert b"private key" not in by_token(alice).get("/api/log/").content


def test_it_is_narrowed_by_actor_and_time(alice: User, server: Server, by_token: Caller) -> None:
    client = by_token(alice)
    client.patch(f"/api/server/{server.pk}/", {"name": "renamed"})
    assert client.get(f"/api/log/?actor={alice.uuid}").json()["count"] == 1
    assert client.get("/api/log/?until=2020-01-01T00:00:00Z").json()["count"] == 0
    assert client.get("/api/log/?since=2020-01-01T00:00:00Z&search=renamed").json()["count"] == 1


def test_who_acknowledged_an_incident_is_told_to_those_who_see_its_server(
    alice: User, bob: User, charlie: User, server: Server, by_token: Caller
) -> None:
    incident = Incident.objects.create(server=server, kind="cpu_usage", value=97.0, open_key=f"{server.pk}:cpu_usage")
    by_token(alice).post(f"/api/incidents/{incident.pk}/acknowledge/")
    query = f"/api/log/?object_type=incident&object_id={incident.pk}"
    found = {user.username: by_token(user).get(query).json()["results"] for user in (alice, bob, charlie)}
    [entry] = found["bob"]
    assert (entry["actor_name"], entry["object"]) == ("alice", "CPU of web1")
    assert entry["changes"]["acknowledged"][0] == "None"
    assert (len(found["alice"]), len(found["charlie"])) == (1, 0)
