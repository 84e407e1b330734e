"""Adding a server step by step: the key is seen before a login is entered."""

import re
from html import unescape

import pytest
from django.test import Client

from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from tests.web.conftest import SignIn
from tests.web.fleet import watched
from virtadmin.accounts.models import User
from virtadmin.servers.models import InitialServerProfile, Server
from virtadmin.servers.services.host_keys import SCANS_A_MINUTE

ADD = "/servers/add/"
FIRST, SECOND = "SHA256:" + "A" * 43, "SHA256:" + "B" * 43
KEY = {
    "step": "key", "ip_address": "192.0.2.50", "port": "2222", "host_key_fingerprint": FIRST,
    "shown": f"ssh-ed25519 {FIRST} ssh-rsa {SECOND}",
}  # fmt: skip


@pytest.fixture(scope="module")
def host(make_module_host: MakeHost) -> Host:
    return make_module_host("web-wizard", "127.0.1.155")


def posted(client: Client, **fields: str) -> str:
    """The page that comes of a step."""
    return unescape(client.post(ADD, fields).content.decode())


def test_a_login_is_asked_for_only_where_it_is_known_for_which_host(alice: User, sign_in: SignIn) -> None:
    client = sign_in(alice)
    assert 'type="password"' not in client.get(ADD, {"step": "login"}).content.decode()
    assert ">192.0.2.50<" in client.get(ADD, {"step": "login", "ip_address": "192.0.2.50"}).content.decode()


def test_the_keys_of_the_host_are_shown_before_a_login_is_asked_for(host: Host, alice: User, sign_in: SignIn) -> None:
    page = posted(sign_in(alice), step="address", ip_address=host.address, port="22")
    assert "Is it the right one?" in page
    printed = host.sh("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub")
    assert re.findall(r'value="(SHA256:[^"]+)" required checked', page) == [printed.split()[1]]
    assert 'type="password"' not in page
    assert not InitialServerProfile.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"ip_address": "127.0.1.156", "port": "9"}, 'id_port_error">Nothing listens on port 9'),
        ({"ip_address": "no-such-host.invalid", "port": "22"}, 'id_ip_address_error">The name no-such-host.invalid'),
        ({"ip_address": "169.254.169.254", "port": "22"}, "a cloud's metadata service"),
        ({"ip_address": "", "port": "22"}, "This field is required."),
    ],
)
def test_a_host_that_cannot_be_asked_is_told_beside_the_field(
    fields: dict[str, str], said: str, alice: User, sign_in: SignIn
) -> None:
    page = posted(sign_in(alice), step="address", **fields)
    assert said in page
    assert f'value="{fields["port"]}"' in page
    assert page.count("autofocus") == 1


def test_looking_at_hosts_is_rate_limited(alice: User, sign_in: SignIn) -> None:
    client = sign_in(alice)
    pages = [posted(client, step="address", ip_address="127.0.1.156", port="9") for _ in range(2 * SCANS_A_MINUTE + 1)]
    refused = next(page for page in pages if "Try again in" in page)
    assert 'value="127.0.1.156"' in refused


def test_the_compared_key_goes_on_to_the_login(alice: User, sign_in: SignIn) -> None:
    page = posted(sign_in(alice), **{**KEY, "host_key_fingerprint": SECOND})
    assert "How to get in, once" in page
    assert f'name="host_key_fingerprint" value="{SECOND}"' in page
    assert 'name="port" value="2222"' in page


@pytest.mark.parametrize(
    ("pasted", "result"),
    [
        (f"256 {SECOND} root@web1 (ED25519)", f'name="host_key_fingerprint" value="{SECOND}"'),
        (f"256 SHA256:{'C' * 43} root@web1 (ED25519)", "The server at this address shows no such key."),
        ("no such file", "There is no fingerprint in this"),
    ],
)
def test_what_the_console_printed_is_compared_by_the_hub(
    pasted: str, result: str, alice: User, sign_in: SignIn
) -> None:
    assert result in posted(sign_in(alice), **KEY, console=pasted)


def test_a_watched_address_is_named_before_it_is_repaired(alice: User, sign_in: SignIn, now: object) -> None:
    watched(alice, "shop", "192.0.2.50", now)  # type: ignore[arg-type]
    assert "You watch this address already, as shop." in posted(sign_in(alice), **{**KEY, "port": "22"}, console="?")
    assert "You watch" not in posted(sign_in(alice), **{**KEY, "port": "nonsense"})


def test_one_may_go_back_and_nothing_is_lost(alice: User, sign_in: SignIn) -> None:
    page = posted(sign_in(alice), **{**KEY, "step": "back"})
    assert "Where is it?" in page
    assert 'value="192.0.2.50"' in page
    assert 'value="2222"' in page


def test_the_run_is_bound_to_the_key_that_was_compared(alice: User, sign_in: SignIn) -> None:
    login = {**KEY, "step": "login", "username": "ops", "name": "shop"}
    page = posted(sign_in(alice), **login)
    assert "Give a password or a private key" in page
    assert 'value="ops"' in page
    answer = sign_in(alice).post(ADD, {**login, "password": "s3cret"})
    profile = InitialServerProfile.objects.get()
    assert answer.headers["Location"] == f"/enrolments/{profile.pk}/"
    assert (profile.host_key_fingerprint, profile.name, profile.username) == (FIRST, "shop", "ops")


def test_what_is_wrong_with_a_hidden_field_is_told_too(alice: User, sign_in: SignIn) -> None:
    page = posted(sign_in(alice), **{**KEY, "step": "login", "password": "x", "ip_address": "169.254.0.1"})
    assert "The hub does not connect to 169.254.0.1" in page


def test_without_a_login_the_last_step_leads_to_the_script(alice: User, sign_in: SignIn) -> None:
    answer = sign_in(alice).post(ADD, {**KEY, "step": "by_hand", "username": "root"})
    profile = InitialServerProfile.objects.get()
    assert (profile.by_hand, profile.host_key_fingerprint) == (True, FIRST)
    page = sign_in(alice).get(answer.headers["Location"]).content.decode()
    assert Server.objects.get().public_key.split()[1] in page


def test_trying_again_begins_at_the_login_and_keeps_the_key(alice: User, sign_in: SignIn) -> None:
    profile = InitialServerProfile.objects.create(
        owner=alice, ip_address="192.0.2.50", port=2222, username="ops", host_key_fingerprint=FIRST, status="failed"
    )
    page = sign_in(alice).get(f"/enrolments/{profile.pk}/").content.decode()
    found = re.search(r'href="(/servers/add/\?[^"]+)">Try again', page)
    assert found
    form = sign_in(alice).get(unescape(found[1])).content.decode()
    assert "How to get in, once" in form
    assert all(f'value="{kept}"' in form for kept in ("192.0.2.50", "2222", "ops", FIRST))


def test_at_the_end_the_server_has_numbers_and_gets_its_name(web1: Server, alice: User, sign_in: SignIn) -> None:
    profile = InitialServerProfile.objects.create(
        owner=alice, ip_address="192.0.2.10", status="succeeded", step="verify", server=web1
    )
    client, path = sign_in(alice), f"/enrolments/{profile.pk}/"
    page = client.get(path).content.decode()
    assert "7 of 7 steps" in page
    assert 'aria-label="First numbers"' in page
    assert "Fullest disk" in page
    wrong = client.post(path, {"name": "shop", "tags": "eu", "interval": "1"})
    assert wrong.status_code == 422
    assert 'value="shop"' in wrong.content.decode()
    assert (
        client.post(path, {"name": "shop", "tags": "eu, x", "interval": "10"}).headers["Location"]
        == f"/servers/{web1.pk}/"
    )
    web1.refresh_from_db()
    assert (web1.name, web1.interval, [tag.name for tag in web1.tags.all()]) == ("shop", 10, ["eu", "x"])


def test_only_those_who_may_change_it_name_it(web1: Server, bob: User, sign_in: SignIn) -> None:
    profile = InitialServerProfile.objects.create(owner=bob, ip_address="192.0.2.10", status="succeeded", server=web1)
    page = sign_in(bob).get(f"/enrolments/{profile.pk}/").content.decode()
    assert "It is watched" in page
    assert 'id="settings"' not in page
