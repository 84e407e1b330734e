"""How long a server's disks last, in its detail."""

import time

from tests.api.conftest import Caller
from virtadmin.accounts.models import User
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.store import history
from virtadmin.servers.models import Server, ServerState

NOTHING = {"days": None, "soonest": None, "latest": None, "confidence": None}


def mounts(used: float) -> dict[str, object]:
    """A disk of 100 GiB."""
    return {"mounts": [{"mount": "/", "used": used, "available": 100 - used, "read_only": False}]}


def test_a_server_without_a_past_says_nothing(alice: User, server: Server, by_token: Caller) -> None:
    assert by_token(alice).get(f"/api/server/{server.pk}/").json()["capacity"] == {"ram": NOTHING, "mounts": []}


def test_a_disk_that_fills_is_told_in_the_detail_and_lists_do_not_look(
    alice: User, server: Server, by_token: Caller, monkeypatch: object
) -> None:
    now = int(time.time())
    rows = [(now - 60 - hours * 3600, 50 - hours / 4) for hours in range(47)]
    monkeypatch.setattr("virtadmin.metrics.trend.SHORTEST", 3600)  # type: ignore[attr-defined]
    history().write((server.pk, Observation(at, {}, mounts(used))) for at, used in rows)
    ServerState.objects.filter(server=server).update(metrics=Observation(now, {}, mounts(50)).as_json())
    client = by_token(alice)
    shown = client.get(f"/api/server/{server.pk}/").json()["capacity"]
    assert shown["ram"] == NOTHING
    (disk,) = shown["mounts"]
    assert (disk["mount"], disk["confidence"]) == ("/", 1.0)
    assert 8.2 < disk["days"] < 8.5
    assert client.get("/api/server/").json()["results"][0]["capacity"] is None
    assert client.put(f"/api/server/{server.pk}/", client.get(f"/api/server/{server.pk}/").json()).status_code == 200
