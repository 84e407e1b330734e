"""People signed in, and a few servers, for tests of pages."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from tests.web.fleet import watched
from virtadmin.accounts.models import User
from virtadmin.servers.models import Server

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _valkey_for_all(valkey: Any) -> None:
    """Pages may publish and send tasks."""


@pytest.fixture
def sign_in() -> SignIn:
    """A browser without scripts in which the person is signed in."""

    def signed_in(person: User) -> Client:
        client = Client()
        client.force_login(person, "virtadmin.accounts.backend.RoleBackend")
        return client

    return signed_in


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def web1(alice: User, bob: User, now: datetime) -> Server:
    """Alice's server, shared with Bob's group."""
    server = watched(alice, "web1", "192.0.2.10", now)
    group = Group.objects.create(name="web people")
    bob.groups.add(group)
    server.groups.add(group)
    return server
