"""Open pages hear of incidents."""

from collections.abc import Callable
from typing import Any

import pytest

from virtadmin.accounts.models import User
from virtadmin.alerting import live
from virtadmin.alerting.models import Incident
from virtadmin.alerting.rules.silences import incident_silence, silence_create, silence_end
from virtadmin.alerting.services import incident_acknowledge, incident_unacknowledge
from virtadmin.servers.models import Server


def test_who_looks_after_it_and_what_silences_it_is_told_to_open_pages(
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    said: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(live.bus, "publish", lambda topic, message: said.append((topic, message)))
    server = Server.objects.create(owner=alice, name="web1", ip_address="192.0.2.1")
    incident = Incident.objects.create(server=server, kind="lost", open_key=f"{server.pk}:lost")
    heard = ("incidents", {"servers": [server.pk], "urls": []})
    for deed in (
        lambda: incident_acknowledge(incident=incident, actor=alice),
        lambda: incident_unacknowledge(incident=incident, actor=alice),
        lambda: silence_end(silence=incident_silence(incident=incident, actor=alice), actor=alice),
    ):
        said.clear()
        with django_capture_on_commit_callbacks(execute=True):
            deed()
        assert heard in said
    said.clear()
    with django_capture_on_commit_callbacks(execute=True):
        silence_create(actor=alice, kind="lost")
    assert said == []  # it names no server that some may not see
