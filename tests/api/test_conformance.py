"""The API does what its schema says, whoever asks: schemathesis with every check, destructive routes included.

Always the same calls (derandomized). Each operation finds what the one before it has deleted, and counters at zero.
"""

from collections import Counter
from typing import Any

import pytest
import redis
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.db.models import Model
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from virtadmin.accounts.models import User
from virtadmin.accounts.services import token_create
from virtadmin.alerting.models import Incident, MaintenanceWindow, Recipients, Silence, Threshold, ThresholdTemplate
from virtadmin.notifications.models import Notification
from virtadmin.servers.models import InitialServerProfile, ServerImport, UnknownSystem
from virtadmin.statuspages.models import StatusPage
from virtadmin.websites.models import Url

POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
OPEN = {"/api/auth/token/"}
"""What anybody may ask, without a login."""
SHUT = {POSITIVE: {401}, NEGATIVE: {401, 404}}
"""What they get everywhere else; 404 where the address itself is none."""
ASK_ANOTHER_MACHINE = {"/api/host-keys/", "/api/server/{id}/accept-host-key/", "/api/server/{id}/move/"}
"""These say 502 when it does not answer, and no machine does here."""
CALLS = {"admin": 6, "operator": 3, "viewer": 3, "anybody": 1}
"""To each operation."""
WANTED: dict[tuple[str, GenerationMode], set[int]] = {
    ("admin", POSITIVE): {200, 201, 202, 204},
    ("operator", POSITIVE): {200, 201, 202, 204, 403},
    ("viewer", POSITIVE): {200, 204, 403, 404},
    ("anybody", POSITIVE): {401},
    ("admin", NEGATIVE): {400},
    ("operator", NEGATIVE): {400, 403},
    ("viewer", NEGATIVE): {400, 403},
    ("anybody", NEGATIVE): {400, 401},
}
"""Answers that must be among those given, else the calls never came as far as they were meant to."""


@pytest.fixture
def rules(
    incident: Incident,
    silence: Silence,
    window: MaintenanceWindow,
    recipients: Recipients,
    template: ThresholdTemplate,
    status_page: StatusPage,
) -> dict[str, Any]:
    """An incident, of whom and when people are told, and what anybody may know."""
    rows: dict[str, Model] = {"status_pages": status_page}
    rows |= {"silences": silence, "maintenance": window, "recipients": recipients, "threshold-templates": template}
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
    """The schema with the application behind it."""
    asked_by = _credentials(admin_person)
    return schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application(), headers=asked_by)


@pytest.fixture
def people(admin_person: User, alice: User, bob: User) -> dict[str, User | None]:
    """The admin; the owner of everything; a member of the group it is shared with; and somebody without a login."""
    return {"admin": admin_person, "operator": alice, "viewer": bob, "anybody": None}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", CALLS)
@pytest.mark.parametrize("mode", [POSITIVE, NEGATIVE])
def test_the_api_does_what_the_schema_says(
    described: schemathesis.BaseSchema,
    people: dict[str, User | None],
    ids: dict[str, Any],
    valkey: redis.Redis,
    role: str,
    mode: GenerationMode,
) -> None:
    described.config.headers = _credentials(people[role])
    given_to = Counter[int]()
    for operation in [found.ok() for found in described.get_all_operations()]:
        if mode is POSITIVE or _takes_something(operation):
            known = ids.get(operation.path.split("/")[2], {})
            with transaction.atomic():
                statuses = _hold_to_schema(operation, mode, known, CALLS[role])
                transaction.set_rollback(True)
            valkey.flushall()
            shut = role == "anybody" and operation.path not in OPEN
            assert not shut or set(statuses) <= SHUT[mode], (operation.label, statuses)
            given_to += statuses
    assert WANTED[role, mode] <= given_to.keys(), given_to


def _credentials(person: User | None) -> dict[str, str]:
    token = {"Authorization": f"Token {token_create(user=person)[0]}"} if person else {}
    return {**token, "Accept-Encoding": "identity"}


def _takes_something(operation: Any) -> bool:
    return bool(len(operation.body) or len(operation.query) or len(operation.path_parameters))


def _not_meant_for(case: schemathesis.Case) -> list[Any]:
    """The checks that would call right answers wrong.

    What is well formed may still name what is not there, or contradict itself: that is 400 here. An empty word in the
    query is one not given, as forms send it, and a number in a body may stand for its digits.
    """
    without = [positive_data_acceptance]
    if "" in case.query.values() or (case.meta and case.meta.is_negative_at(ParameterLocation.BODY)):
        without.append(negative_data_rejection)
    return [*without, not_a_server_error] if case.operation.path in ASK_ANOTHER_MACHINE else without


def _hold_to_schema(operation: Any, mode: GenerationMode, known: dict[str, Any], times: int) -> Counter[int]:
    statuses: Counter[int] = Counter()

    @settings(max_examples=times, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def calls(case: schemathesis.Case) -> None:
        if not (case.meta and case.meta.is_negative_at(ParameterLocation.PATH)):
            for name in case.path_parameters.keys() & known.keys():
                case.path_parameters[name] = known[name]
        statuses[case.call_and_validate(excluded_checks=_not_meant_for(case)).status_code] += 1

    calls()
    return statuses
