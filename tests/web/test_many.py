"""Adding many servers: the list, the rows to choose from, what becomes of them."""

import re
from html import unescape
from io import BytesIO

import pytest
from celery import current_app
from django.test import Client

from tests.web.conftest import SignIn
from tests.web.fleet import watched
from virtadmin.accounts.models import User
from virtadmin.servers.import_reading import TEXT_MAX
from virtadmin.servers.models import InitialServerProfile, Server, ServerImport
from virtadmin.servers.services import import_create

ADD = "/servers/add-many/"
GIVEN, SHOWN = "SHA256:" + "g" * 43, "SHA256:" + "s" * 43
LIST = f"web1 192.0.2.1 tags=shop {GIVEN}\nops@192.0.2.2:2222\nssh -J gate inner"


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)


@pytest.fixture
def batch(alice: User) -> ServerImport:
    """Read, and its hosts looked at: the first shows the key it should."""
    made = import_create(actor=alice, text=LIST)
    made.rows.update(looked=True, shown=[["ssh-ed25519", SHOWN]])
    made.rows.filter(name="web1").update(shown=[["ssh-ed25519", SHOWN], ["ssh-rsa", GIVEN]])
    return made


def typed(batch: ServerImport, **more: str) -> dict[str, str]:
    """The form as it is sent with everything as it was read."""
    fields = {f"name-{row.pk}": row.name for row in batch.rows.all()}
    fields |= {f"username-{row.pk}": row.username for row in batch.rows.all()}
    fields |= {f"tags-{row.pk}": ",".join(row.tags) for row in batch.rows.all()}
    fields |= {f"chosen-{row.pk}": "on" for row in batch.rows.all()}
    return {**fields, "username": "root", "password": "s3cret", "trust_shown": "on", "step": "start", **more}


def page_of(client: Client, batch: ServerImport) -> str:
    return unescape(client.get(f"/imports/{batch.pk}/").content.decode())


def sent(client: Client, batch: ServerImport, **more: str) -> str:
    answer = client.post(f"/imports/{batch.pk}/", typed(batch, **more))
    assert answer.status_code == 422
    return unescape(answer.content.decode())


def test_a_list_is_read_and_shown_with_what_cannot_be_imported(alice: User, sign_in: SignIn) -> None:
    client = sign_in(alice)
    answer = client.post(ADD, {"text": LIST, "format_name": ""})
    batch = ServerImport.objects.get()
    assert answer.headers["Location"] == f"/imports/{batch.pk}/"
    page = page_of(client, batch)
    assert "1 line cannot be imported" in page
    assert "It is reached through another host (gate)." in page
    assert "0 of 2" in page
    assert 'data-live="imports" data-soon hx-get hx-trigger="live"' in page
    assert '<noscript><meta http-equiv="refresh"' in page


def test_a_file_is_read_too(alice: User, sign_in: SignIn) -> None:
    client = sign_in(alice)
    client.post(ADD, {"text": "", "file": BytesIO(b"host,name\n192.0.2.1,shop"), "format_name": "csv"})
    assert ServerImport.objects.get().rows.get().name == "shop"
    answer = client.post(ADD, {"text": "", "file": BytesIO(b"x" * (TEXT_MAX + 1))})
    assert "256 KiB at most." in answer.content.decode()


@pytest.mark.parametrize(
    ("text", "format_name", "said"),
    [
        ("", "", "There is nothing in it."),
        ("Host a\n  ProxyJump b", "", "No server in it can be imported. Line 1, a:"),
        ("a: [", "ansible_yaml", "This is no YAML: line"),
        ("web1", "excel", "Select a valid choice."),
    ],
)
def test_a_list_that_cannot_be_read_stays_as_it_was_typed(
    text: str, format_name: str, said: str, alice: User, sign_in: SignIn
) -> None:
    answer = sign_in(alice).post(ADD, {"text": text, "format_name": format_name})
    page = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert said in page
    assert f"{text}</textarea>" in page
    assert not ServerImport.objects.exists()


def test_while_hosts_are_looked_at_only_their_keys_are_drawn_anew(
    alice: User, batch: ServerImport, sign_in: SignIn
) -> None:
    batch.rows.filter(name="").update(looked=False, shown=[])
    headers = {"HX-Request": "true", "HX-Target": "div#looking"}
    part = sign_in(alice).get(f"/imports/{batch.pk}/", headers=headers).content.decode()
    assert "1 of 2" in part
    assert part.count("hx-swap-oob") == 2
    assert "<input" not in part


def test_each_row_says_how_its_key_stands_to_the_list(alice: User, batch: ServerImport, sign_in: SignIn) -> None:
    page = page_of(sign_in(alice), batch)
    assert re.findall(r'code">(SHA256:\w+)</span> <small>.*?</svg>(.*?)<', page) == [
        (GIVEN, "as the list names it"), (SHOWN, "ssh-ed25519"),
    ]  # fmt: skip
    assert "of 1 of them nobody has said yet" in page
    batch.rows.filter(name="web1").update(shown=[["ssh-ed25519", SHOWN]])
    batch.rows.filter(name="").update(shown=[], refusal="Nothing listens on port 2222.")
    page = page_of(sign_in(alice), batch)
    assert "not the key the list names" in page
    assert "Nothing listens on port 2222." in page
    assert "Look again at the silent ones" in page


def test_what_is_watched_is_said_and_not_chosen(alice: User, sign_in: SignIn, now: object) -> None:
    watched(alice, "web1", "192.0.2.1", now)  # type: ignore[arg-type]
    page = page_of(sign_in(alice), import_create(actor=alice, text=LIST))
    assert page.count("watched already; adding it repairs it") == 1
    assert len(re.findall(r"<input type=\"checkbox\" name=\"chosen-\d+\"[^>]* checked", page)) == 1


def test_the_chosen_are_started_as_they_were_changed(alice: User, batch: ServerImport, sign_in: SignIn) -> None:
    first, second = batch.rows.all()
    fields = typed(batch)
    del fields[f"chosen-{first.pk}"]
    fields |= {f"name-{second.pk}": "shop", f"tags-{second.pk}": "eu, x"}
    answer = sign_in(alice).post(f"/imports/{batch.pk}/", fields)
    assert answer.status_code == 302
    profile = InitialServerProfile.objects.get()
    assert (profile.name, profile.username, profile.tags) == ("shop", "ops", ["eu", "x"])
    assert (profile.password, profile.host_key_fingerprint) == ("s3cret", SHOWN)
    page = page_of(sign_in(alice), batch)
    assert "Adding 1 server" in page
    assert "waits for its turn" in page
    assert "left out" in page
    assert "s3cret" not in page


def test_nothing_typed_is_lost_on_an_error(alice: User, batch: ServerImport, sign_in: SignIn) -> None:
    first, second = batch.rows.all()
    name = {f"name-{first.pk}": "renamed"}
    page = sent(sign_in(alice), batch, **name, **{f"tags-{second.pk}": "t" * 60})
    assert "50 characters at most; this has 60." in page
    assert 'value="renamed"' in page
    assert "t" * 60 in page
    client, fields = sign_in(alice), typed(batch, **name)
    del fields["trust_shown"]
    page = unescape(client.post(f"/imports/{batch.pk}/", fields).content.decode())
    assert "The list names no key for 1 of them: say that you trust those shown." in page
    assert 'value="renamed"' in page
    page = sent(client, batch, **name, password="")
    assert "Give a password or a private key" in page
    assert not InitialServerProfile.objects.exists()


def test_silent_hosts_are_asked_again_and_what_was_typed_is_kept(
    alice: User, batch: ServerImport, sign_in: SignIn
) -> None:
    batch.rows.filter(name="").update(shown=[], refusal="timeout")
    first, second = batch.rows.all()
    fields = typed(batch, step="look", **{f"name-{first.pk}": "renamed"})
    sign_in(alice).post(f"/imports/{batch.pk}/", fields)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.name, first.looked, second.looked, second.refusal) == ("renamed", True, False, "")
    client = sign_in(alice)
    wrong = typed(batch, step="look", **{f"name-{first.pk}": "x" * 101})
    assert "100 characters at most" in client.post(f"/imports/{batch.pk}/", wrong, follow=True).content.decode()


def test_the_outcome_of_each_line_is_told_and_the_failed_are_tried_again(
    alice: User, batch: ServerImport, web1: Server, sign_in: SignIn
) -> None:
    client, path = sign_in(alice), f"/imports/{batch.pk}/"
    client.post(path, typed(batch))
    good, bad = InitialServerProfile.objects.order_by("pk")
    InitialServerProfile.objects.filter(pk=good.pk).update(status="succeeded", server=web1)
    InitialServerProfile.objects.filter(pk=bad.pk).update(status="failed", log="Failed: Wrong password.\n", password="")
    page = page_of(client, batch)
    assert "1 added, 1 failed" in page
    assert f'<a href="/servers/{web1.pk}/">web1</a>' in page
    assert f'Wrong password. <a href="/enrolments/{bad.pk}/">Log' in page
    assert 'data-live="imports"' not in page
    refused = client.post(path, {"step": "retry", "username": "root"})
    assert refused.status_code == 422
    assert "Give a password or a private key" in refused.content.decode()
    assert client.post(path, {"step": "retry", "username": "root", "password": "right"}).status_code == 302
    again = InitialServerProfile.objects.latest("pk")
    assert (again.ip_address, again.password, again.host_key_fingerprint) == (bad.ip_address, "right", SHOWN)
    InitialServerProfile.objects.filter(pk=again.pk).update(status="succeeded")
    assert "All 2 are watched" in page_of(client, batch)


def test_imports_are_for_their_owner(
    alice: User, bob: User, charlie: User, admin_person: User, batch: ServerImport, sign_in: SignIn
) -> None:
    seen = [sign_in(who).get(f"/imports/{batch.pk}/").status_code for who in (alice, admin_person, bob, charlie)]
    assert seen == [200, 200, 403, 404]
    assert [sign_in(who).get(ADD).status_code for who in (alice, bob)] == [200, 403]
    assert sign_in(charlie).post(f"/imports/{batch.pk}/", typed(batch)).status_code == 404
