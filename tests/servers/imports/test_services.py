"""Imports: read, looked at, changed, started, tried again, on real hosts."""

import json
from datetime import timedelta

import pytest
import redis
from celery import current_app
from django.utils import timezone
from redis.client import PubSub

from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from virtadmin.accounts.models import User
from virtadmin.core.errors import Conflict, InvalidInput, NotAllowed, TooOften
from virtadmin.servers import services
from virtadmin.servers.enrolment.look import import_look
from virtadmin.servers.enrolment.run import run
from virtadmin.servers.import_outcome import Fate, Tally, outcome, tally
from virtadmin.servers.models import ImportRow, InitialServerProfile, Server, ServerImport
from virtadmin.servers.selectors import imports_visible
from virtadmin.servers.services.imports import IMPORTS_A_MINUTE

pytestmark = pytest.mark.usefixtures("valkey")
OTHER = "SHA256:" + "o" * 43


@pytest.fixture(scope="module")
def host(make_module_host: MakeHost) -> Host:
    return make_module_host("srv-import", "127.0.1.157")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks handed to the workers."""
    tasks: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args, **_: tasks.append(name))
    return tasks


def seen(batch: ServerImport) -> dict[str, ImportRow]:
    return {str(row): row for row in batch.rows.select_related("profile")}


def fates(batch: ServerImport) -> dict[str, tuple[Fate, str]]:
    return {where: (outcome(row).fate, outcome(row).text) for where, row in seen(batch).items()}


def run_all(batch: ServerImport) -> None:
    """As the workers would."""
    for pk in list(batch.rows.exclude(profile=None).values_list("profile", flat=True)):
        run(pk)


def said(listener: PubSub) -> list[dict[str, int]]:
    """What open pages were told meanwhile."""
    found = []
    while message := listener.get_message(timeout=0.2):
        found.append(json.loads(message["data"]))
    return found


def test_a_list_is_added_and_every_line_has_its_outcome(host: Host, alice: User, valkey: redis.Redis) -> None:
    listener = valkey.pubsub()
    listener.subscribe("virtadmin:live:imports")
    printed = host.sh("ssh-keygen -lf /etc/ssh/ssh_host_rsa_key.pub").split()[1]
    text = (
        f"shop {host.address} tags=shop,eu {printed}\nother root@{host.address}:22\n"
        f"dead 127.0.1.158:9\nliar 127.0.1.157:2222 {OTHER}\nssh -J x y"
    )
    batch = services.import_create(actor=alice, text=text)
    assert [refusal[0] for refusal in batch.refusals] == [2, 5]
    listener.get_message(timeout=5)  # that it listens
    import_look(batch.pk)
    assert said(listener) == [{"id": batch.pk, "user": alice.pk}]
    rows = seen(batch)
    assert rows[f"{host.address}:22"].shown[0][0] == "ssh-ed25519"
    assert "Nothing listens on port 9" in rows["127.0.1.158:9"].refusal
    ImportRow.objects.filter(name="liar").update(
        shown=rows[f"{host.address}:22"].shown, refusal=""
    )  # a host that shows another key than its line names
    started = services.import_start(batch=batch, actor=alice, password="root-secret")
    assert (started.begun, started.refused) == (1, 2)
    run_all(batch)
    assert len(said(listener)) >= len(InitialServerProfile.Step.values), "open pages hear of every step"
    found = fates(batch)
    assert found[f"{host.address}:22"] == (Fate.DONE, "watched")
    assert found["127.0.1.158:9"][0] == Fate.FAILED
    assert "another key than the list names" in found["127.0.1.157:2222"][1]
    assert tally(map(outcome, seen(batch).values())) == Tally(done=1, failed=2, waiting=0)
    server = Server.objects.get()
    assert (server.name, {tag.name for tag in server.tags.all()}) == ("shop", {"shop", "eu"})
    profile = InitialServerProfile.objects.get()
    assert (profile.host_key_fingerprint, profile.password) == (printed, "")


def test_first_sight_is_trusted_only_if_said_so_and_failed_ones_are_tried_again(host: Host, charlie: User) -> None:
    batch = services.import_create(actor=charlie, text=host.address, username="root")
    with pytest.raises(Conflict, match="looked at"):
        services.import_start(batch=batch, actor=charlie, password="wrong")
    import_look(batch.pk)
    with pytest.raises(InvalidInput) as caught:
        services.import_start(batch=batch, actor=charlie, password="wrong")
    assert caught.value.field == "trust_shown"
    with pytest.raises(InvalidInput) as caught:
        services.import_start(batch=batch, actor=charlie, trust_shown=True)
    assert caught.value.field == "password"
    services.import_start(batch=batch, actor=charlie, password="wrong", trust_shown=True)
    row = batch.rows.get()
    assert row.profile
    assert row.profile.host_key_fingerprint == row.shown[0][1]
    with pytest.raises(InvalidInput, match="No server is chosen"):  # it is under way
        services.import_start(batch=batch, actor=charlie, password="wrong", trust_shown=True)
    run_all(batch)
    assert "rejected the login" in fates(batch)[f"{host.address}:22"][1]
    services.import_start(batch=batch, actor=charlie, password="root-secret", trust_shown=True)
    assert fates(batch)[f"{host.address}:22"][0] == Fate.TODO
    run_all(batch)
    assert fates(batch)[f"{host.address}:22"][0] == Fate.DONE
    assert not InitialServerProfile.objects.exclude(password="").exists()


def test_a_run_that_is_refused_says_why(alice: User, sent: list[str]) -> None:
    batch = services.import_create(actor=alice, text="192.0.2.1")
    batch.rows.update(looked=True, shown=[["ssh-ed25519", OTHER]])
    services.profile_create(owner=alice, ip_address="192.0.2.1", password="x")
    started = services.import_start(batch=batch, actor=alice, password="x", trust_shown=True)
    assert (started.begun, started.refused) == (0, 1)
    assert "under way" in fates(batch)["192.0.2.1:22"][1]


def test_what_is_watched_already_is_not_chosen(alice: User, sent: list[str]) -> None:
    Server.objects.create(owner=alice, name="web1", ip_address="192.0.2.1", enrolled=True)
    batch = services.import_create(actor=alice, text="192.0.2.1\n192.0.2.2")
    assert [row.chosen for row in batch.rows.all()] == [False, True]
    assert fates(batch)["192.0.2.1:22"] == (Fate.LEFT, "left out")
    assert fates(batch)["192.0.2.2:22"] == (Fate.TODO, "not begun")


def test_rows_are_changed_together_or_not_at_all(alice: User, bob: User, sent: list[str]) -> None:
    batch = services.import_create(actor=alice, text="192.0.2.1\n192.0.2.2")
    first, second = batch.rows.all()
    fine = {"chosen": False, "name": "shop", "username": "ops", "tags": ["b", "a"]}
    with pytest.raises(InvalidInput) as caught:
        services.import_change(batch=batch, actor=alice, rows={first.pk: fine, second.pk: {"name": "a\nb"}})
    assert caught.value.field == f"name-{second.pk}"
    first.refresh_from_db()
    assert first.name == ""
    services.import_change(batch=batch, actor=alice, rows={first.pk: fine, 99999: fine})
    first.refresh_from_db()
    assert (first.chosen, first.name, first.username, first.tags) == (False, "shop", "ops", ["a", "b"])
    for refused in (
        lambda: services.import_change(batch=batch, actor=bob, rows={}),
        lambda: services.import_create(actor=bob, text="192.0.2.1"),
        lambda: services.import_look_again(batch=batch, actor=bob),
        lambda: services.import_start(batch=batch, actor=bob, password="x"),
    ):
        with pytest.raises(NotAllowed):
            refused()


def test_hosts_that_could_not_be_asked_are_asked_again(
    alice: User, sent: list[str], django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        batch = services.import_create(actor=alice, text="192.0.2.1\n192.0.2.2")
    batch.rows.update(looked=True, refusal="timeout")
    batch.rows.filter(ip_address="192.0.2.2").update(shown=[["ssh-ed25519", OTHER]])
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        services.import_look_again(batch=batch, actor=alice)
    assert [(row.looked, row.refusal) for row in batch.rows.all()] == [(False, ""), (True, "timeout")]
    assert sent == ["servers.import_look"] * 2


@pytest.mark.parametrize(
    ("text", "said"),
    [("# nothing", "There is no server in it."), ("Host x\n ProxyJump y\nHost z\n ProxyJump y", "Line 1, x: It is")],
)
def test_a_list_without_a_server_is_refused_with_its_first_reason(text: str, said: str, alice: User) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        services.import_create(actor=alice, text=text)
    assert caught.value.field == "text"
    assert not ServerImport.objects.exists()


def test_imports_are_rate_limited_seen_by_their_owner_and_pruned(
    alice: User, charlie: User, admin_person: User, sent: list[str]
) -> None:
    def import_often() -> None:
        for _ in range(2 * IMPORTS_A_MINUTE + 1):  # a new minute may begin meanwhile
            services.import_create(actor=alice, text="192.0.2.1")

    with pytest.raises(TooOften) as caught:
        import_often()
    assert 0 < caught.value.wait <= 60
    count = ServerImport.objects.count()
    assert [imports_visible(who).count() for who in (alice, charlie, admin_person)] == [count, 0, count]
    assert services.imports_prune(now=timezone.now()) == 0
    assert services.imports_prune(now=timezone.now() + timedelta(days=31)) == count
    assert not ImportRow.objects.exists()
