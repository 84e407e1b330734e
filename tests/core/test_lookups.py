"""Rows among whole numbers."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from virtadmin.accounts.models import User
from virtadmin.servers.models import Server, ServerState


@pytest.fixture
def server(alice: User) -> Server:
    found = Server.objects.create(name="s", ip_address="192.0.2.1", owner=alice)
    ServerState.objects.create(server=found)
    return found


def test_rows_are_found_by_own_and_foreign_keys_among_any_number(server: Server) -> None:
    ids = range(server.pk - 50_000, server.pk + 50_000)
    with CaptureQueriesContext(connection) as captured:
        assert list(Server.objects.filter(pk__among=ids)) == [server]
        assert ServerState.objects.get(server_id__among=set(ids)).server_id == server.pk
        assert ServerState.objects.get(server__among=[True * server.pk]).server_id == server.pk
    assert len(captured) == 3


def test_among_nothing_there_is_nothing_and_nothing_is_asked(server: Server) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert list(Server.objects.filter(pk__among=[])) == []
    assert len(captured) == 0
    assert list(Server.objects.filter(pk__among=[server.pk + 1])) == []


@pytest.mark.parametrize("odd", ["1", "1) OR (1=1", 1.5, None])
def test_anything_but_whole_numbers_is_refused(odd: object) -> None:
    with pytest.raises(TypeError):
        Server.objects.filter(pk__among=[odd])
